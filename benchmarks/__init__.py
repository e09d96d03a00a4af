"""Measurements against other programs; each prints its table and checks what it measured."""
