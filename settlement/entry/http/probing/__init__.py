"""Whether a server lives and is ready, and its metrics."""
