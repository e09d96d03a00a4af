"""What reading an epoch needs of an engine beyond the port: the lake's own connection at the same snapshot."""

from typing import Protocol, Self

from indexer.adapters.store.lake import Lake
from settlement.ports.engine import Snapshot


class LakeSnapshot(Snapshot, Protocol):
    """A state of the lake with the connection that holds it: for the catalog, the ledger and the second reading."""

    lake: Lake

    def __enter__(self) -> Self:
        """Return itself; leaving closes it."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


class LakeEngine(Protocol):
    """Pins states of one lake."""

    def pin(self) -> LakeSnapshot:
        """Return the newest state; RetryLaterError where the lake or the engine cannot be reached."""
