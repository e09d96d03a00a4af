"""Votes by signature: the contract that takes them, and the places where they lie."""
