"""Who is asked, whose vote counts, and what the votes come to. It writes no text and plans no action."""
