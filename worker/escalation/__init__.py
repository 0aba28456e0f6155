"""The protocol, pure: from facts to what should be done. Nothing here reads a clock, a network or a file."""
