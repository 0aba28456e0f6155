"""`escalation failures …`: tickets for which something could not be done, and why."""
