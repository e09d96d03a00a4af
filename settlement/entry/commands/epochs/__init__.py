"""Epochs: settled, verified, explained, simulated, bundled."""
