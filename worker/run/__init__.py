"""The processes, how they are put together, and the supervisor that runs them all. No rule of the protocol is here."""
