"""Which block is final, and what hangs on it."""
