"""The report: how long grading takes, which promises were kept, what is open; from the records in Jira alone."""
