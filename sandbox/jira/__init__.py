"""One small Jira: the site, what people do in it, and a ticket as they see it. It knows nothing of the page."""
