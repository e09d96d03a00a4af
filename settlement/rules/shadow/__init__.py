"""The deployed PoZK network recomputed: what its contracts paid, what their rule says, and who is owed what."""
