"""One look at one ticket: read, plan, apply, and what it leaves behind. When to look is decided elsewhere."""
