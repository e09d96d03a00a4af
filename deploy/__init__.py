"""Putting the contracts on a chain, and a local chain to try them on."""
