"""`escalation doctor`: what is wrong with a set-up, and how to mend it. It reads, and never writes."""
