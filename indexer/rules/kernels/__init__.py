"""What every compiled kernel stands on: the decorator with its cache, and memory by address."""
