"""Raw logs and ABI words as numpy columns."""
