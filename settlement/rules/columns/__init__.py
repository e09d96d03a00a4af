"""Addresses, amounts and words as numpy columns; their order; how people read them."""
