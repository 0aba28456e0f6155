"""How Jira writes the keys of projects and issues.

Cloud and a fresh Data Center begin a project's key with a letter; an administrator of Data Center may set another
pattern (`jira.projectkey.pattern`), so that digits may come first. They are capitals everywhere ("Changing the project
key format", confluence.atlassian.com).
"""

import re

_PROJECT = r"(?=[0-9_]*[A-Z])[A-Z0-9][A-Z0-9_]{0,254}"
PROJECT_KEY = re.compile(_PROJECT, re.ASCII)
ISSUE_KEY = re.compile(rf"{_PROJECT}-[1-9][0-9]{{0,17}}", re.ASCII)
