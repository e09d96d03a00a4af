"""Floor 5: configuration, command line, schedule."""
