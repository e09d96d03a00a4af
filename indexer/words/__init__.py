"""Floor 0: value types, errors, block ranges."""
