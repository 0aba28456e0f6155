"""Deliveries come in here; health and metrics go out. Nothing here waits for Jira."""
