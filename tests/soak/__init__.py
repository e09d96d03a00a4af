"""Oracles that run as a service for long, beside each other, and are killed at random."""
