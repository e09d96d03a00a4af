"""Answers of nodes to columns in one pass over their bytes."""
