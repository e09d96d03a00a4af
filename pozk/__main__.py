"""`python -m pozk`."""

from settlement.entry.cli import main

if __name__ == "__main__":
    main()
