"""A deployed PoZK network as its lake has it, and what only the state of an archive node tells."""
