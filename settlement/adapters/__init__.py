"""Floor 3: one outside thing each, its errors translated there."""
