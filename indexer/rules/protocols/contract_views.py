"""How the contracts of a network are told apart: by the views they answer, and by what they say of each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class ContractViews:
    """The views without arguments by which the contract of each key of `[contracts]` is known.

    `of` has them by key. `clock` are those that say genesis, length in seconds and first epoch, which the keys
    `clocked` answer. `peers` are the views that return another contract, each with its key. `order` are the keys, those
    first on which the others build. `slashing` names who keeps a list of those that may slash, and who has to be in it.
    """

    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clock: tuple[str, ...] = ()
    clocked: tuple[str, ...] = ()
    peers: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    slashing: tuple[str, str] = ("", "")

    @property
    def all_views(self) -> tuple[str, ...]:
        """Return every view, each once."""
        return tuple(dict.fromkeys(view for views in self.of.values() for view in views))

    def is_part(self, key: str) -> bool:
        """Return whether the contract of another key answers all the views of this one, too."""
        own = set(self.of[key])
        return any(own <= set(views) for other, views in self.of.items() if other != key)
