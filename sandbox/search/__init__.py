"""Searching: the grammar of JQL, what matches, and the calls that ask."""
