"""Floor 2: what a flow needs, as Protocols in floor-0 types."""
