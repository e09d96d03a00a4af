"""Floors of products of fractional powers: the definition, and the kernel that proposes."""
