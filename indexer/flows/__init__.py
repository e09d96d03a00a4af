"""Floor 4: the order of steps."""
