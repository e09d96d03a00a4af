"""The contracts of a chain: read, called, sent to."""
