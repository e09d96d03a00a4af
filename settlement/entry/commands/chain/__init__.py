"""What comes from the chain and is kept: indexing, watching, starting from a peer, backups."""
