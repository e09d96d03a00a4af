"""Epochs settled exactly, published through a committee, claimed by account."""
