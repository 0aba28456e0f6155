"""The page for people: look at tickets, act as somebody, watch the worker's calls."""
