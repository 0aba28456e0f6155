"""`escalation webhook …`: the webhook in Jira that brings changes here."""
