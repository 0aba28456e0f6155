"""Which tickets need a look: kept in Redis, claimed one at a time. Nothing here decides anything about a ticket."""

from worker import when_used

# The client imports its half for event loops, which the web process alone uses, and the metadata of installed packages,
# which nobody asks for: a fifth of its time.
for _name in ("redis.asyncio", "importlib.metadata"):
    when_used.put_off(_name)
