"""What transactions offer, and which nonces are missing."""
