"""Where opening balances come from."""

from typing import Protocol


class OpeningSource(Protocol):
    """The file of opening balances, if an operator has one."""

    @property
    def where(self) -> str:
        """Return where it is, or what would name it."""

    def load(self) -> bytes | None:
        """Return its bytes, None if there is none; InputError if it cannot be read."""
