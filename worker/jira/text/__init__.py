"""Text into Jira's markup and out of it: what we say as ADF or wiki, what people wrote as passages, keys as links."""
