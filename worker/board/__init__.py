"""The board: one page of the web process that shows how things stand, from what looks and sweeps already know."""
