"""Signing in to Jira: the credentials, the header and address of each request, what certificates are trusted.

Nothing here may show a token or a secret, or keep one anywhere but in this process's memory.
"""
