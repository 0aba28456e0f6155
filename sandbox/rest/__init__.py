"""Jira's REST by subject, one file each. It refuses what Jira refuses."""
