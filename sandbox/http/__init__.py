"""What every call passes through: the server, who asks, the log of calls, bad days on demand."""
