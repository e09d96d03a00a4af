"""Floor 1: pure functions and kernels."""
