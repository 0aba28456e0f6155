"""Webhooks: registering them, what they say, sending them."""
