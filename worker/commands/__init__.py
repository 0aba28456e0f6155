"""The `escalation` command. A command reads its options, calls an ordinary function and prints what came of it."""
