"""A local chain with the contracts deployed and seeded traffic on it."""
