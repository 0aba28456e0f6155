"""Views over one escalation for people: explanation, previews, outcomes. The plan must never depend on them."""
