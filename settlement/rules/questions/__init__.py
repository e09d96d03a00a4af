"""What a reader asks: what if, allocate documents, how unequal, what cheating earns."""
