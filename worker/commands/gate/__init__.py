"""`escalation gate …`: may this ship, and what belongs to it."""
