"""What settlement keeps: journal, settled epochs, bundles, trees."""
