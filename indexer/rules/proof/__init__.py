"""What proves a range complete, and where two chains part."""
