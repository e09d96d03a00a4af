"""The networks that can be indexed, each a value: their contracts, events, tables, epochs."""
