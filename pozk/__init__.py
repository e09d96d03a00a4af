"""The command's name as a package: `python -m pozk` is `pozk`."""
