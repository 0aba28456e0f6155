"""What is known of one escalation: the facts read from Jira, the votes, and the record we keep. It decides nothing."""
