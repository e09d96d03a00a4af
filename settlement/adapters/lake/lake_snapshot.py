"""What reading an epoch needs of an engine beyond the port: the lake's own connection at the same snapshot."""

from typing import Protocol, Self

from indexer.adapters.store.lake import Lake
from settlement.adapters.lake.row_tallies import RowTallies
from settlement.ports.engine import Params, Snapshot
from settlement.ports.parts import EpochParts
from settlement.rules.facts.aggregates import Aggregates


class SplitRows(EpochParts, Protocol):
    """Parts of an epoch that the rows of a step are still put into."""

    def fill(self, name: str, params: Params) -> Aggregates:
        """Put the rows of miners and users of a step into their parts; return the others, of apps."""


class LakeSnapshot(Snapshot, Protocol):
    """A state of the lake with the connection that holds it, for the catalog and the ledger.

    `tallies` reads the same state a second time, without the engine.
    """

    lake: Lake

    @property
    def tallies(self) -> RowTallies:
        """Return who reads the rows."""

    def begin_parts(self) -> SplitRows | None:
        """Return parts for the rows of an epoch, empty; None where the engine keeps no rows in parts."""

    def __enter__(self) -> Self:
        """Return itself; leaving closes it."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


class LakeEngine(Protocol):
    """Pins states of one lake."""

    def pin(self) -> LakeSnapshot:
        """Return the newest state; RetryLaterError where the lake or the engine cannot be reached."""
