"""Business days and hours, what a grade promises, and instants in short form. No clock is read here."""
