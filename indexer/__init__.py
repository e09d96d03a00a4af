"""Chain events into a columnar store, with proof that none is missing."""
