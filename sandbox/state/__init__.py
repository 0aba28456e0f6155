"""What this Jira knows, in memory, and how it prints it. It knows nothing of HTTP."""
