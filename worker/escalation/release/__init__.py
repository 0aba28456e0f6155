"""What may ship, by the clock and by one ticket's record. It asks nobody."""
