"""Notifications out of Jira, for colleagues who do not sit in it. No text of a ticket leaves through here."""
