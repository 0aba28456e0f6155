"""The only place that knows Jira: how it is reached, read, written, and how its markup looks."""
