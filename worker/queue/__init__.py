"""Which tickets need a look: kept in Redis, claimed one at a time. Nothing here decides anything about a ticket."""
