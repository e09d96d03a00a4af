"""One range of blocks, until it is believed."""
