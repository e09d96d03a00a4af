"""One module a command of `pozk`."""
