"""How it is known that no log of a range is missing or false."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache


class LevelName(IntEnum):
    """What speaks for a range; the greater proves more."""

    NONE = 0
    BLOOM = 1
    QUORUM = 2
    RECEIPTS = 3

    @property
    def word(self) -> str:
        """Return how it is written: quorum:N of any number of nodes."""
        return "quorum:N" if self is LevelName.QUORUM else self.name.lower()


@dataclass(frozen=True, slots=True)
class Level:
    """A level of proof; `nodes` is how many must say the same of a quorum, 0 otherwise. `str` is how it is written."""

    name: LevelName
    nodes: int = 0

    def __post_init__(self) -> None:
        if (self.name is LevelName.QUORUM) != (self.nodes > 0):
            raise ValueError(f"expected nodes of a quorum alone, got {self.nodes} of {self.name.word}")

    def reaches(self, wanted: "Level") -> bool:
        """Return whether it proves as much as another; quorums of any size are alike."""
        return self.name >= wanted.name

    @property
    def quorum(self) -> int | None:
        """How many nodes have to agree; None at another level."""
        return self.nodes or None

    @property
    def is_hashed(self) -> bool:
        """Return whether the hash of a header must be that of its fields."""
        return self.name in (LevelName.RECEIPTS, LevelName.BLOOM)

    def __str__(self) -> str:
        return f"quorum:{self.nodes}" if self.nodes else self.name.word


NONE, BLOOM, RECEIPTS = (Level(name) for name in (LevelName.NONE, LevelName.BLOOM, LevelName.RECEIPTS))


@cache
def parse_level(text: str) -> Level:
    """Return the level that a word says: receipts, bloom, none or quorum:N; ValueError for another one."""
    name, _, count = text.partition(":")
    by_name = {each.name.lower(): each for each in LevelName}
    is_quorum = name == "quorum" and count.isascii() and count.isdigit() and int(count) > 0
    if name not in by_name or (not is_quorum and (name == "quorum" or text != name)):
        raise ValueError(f"expected receipts, bloom, none or quorum:N, got {text!r}")
    return Level(by_name[name], int(count) if is_quorum else 0)
