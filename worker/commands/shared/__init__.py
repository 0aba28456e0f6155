"""What several commands share: the tree of their names, their settings, how they end."""
