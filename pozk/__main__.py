"""`python -m pozk`, and what the command `pozk` calls."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line; Ctrl-C while it is still being loaded ends it without a word."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from settlement.entry.cli import main as run

    run()


if __name__ == "__main__":
    main()
