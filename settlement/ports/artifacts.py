"""Where the columns of settled epochs are kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from indexer.words.quantities import Epoch
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.deposits import Deposits
from settlement.rules.epoch.stages import AmountRows
from settlement.rules.facts.aggregates import Aggregates


@dataclass(frozen=True, slots=True)
class StageColumns:
    """The stages of an epoch that are stored beside its leaves; aggregates and amounts in parts, read once."""

    aggregates: Iterable[Aggregates]
    deposits: Deposits
    amounts: Iterable[AmountRows]


class EpochBundle(Protocol):
    """A settled epoch as somebody keeps it. Loading raises UnsoundError for what is missing or broken."""

    @property
    def url(self) -> str:
        """Return where it is."""

    def load_document(self) -> bytes:
        """Return the bytes of the report."""

    def load_aggregates(self) -> Aggregates:
        """Return the aggregates stage."""

    def load_deposits(self) -> Deposits:
        """Return the deposits stage."""

    def load_amounts(self) -> AmountRows:
        """Return the amounts stage."""

    def load_leaves(self) -> Leaves:
        """Return the leaves stage, by (account, token)."""

    def load_file(self, name: str) -> bytes:
        """Return the bytes of one file."""

    def load_present(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return those of the named files that are there, by name."""

    def store_file(self, name: str, content: bytes) -> None:
        """Write one file."""

    def store_files(self, files: Mapping[str, bytes]) -> None:
        """Write several files by name, with the folders they lie in."""


class ArtifactStore(Protocol):
    """One bundle an epoch."""

    def save_epoch(
        self,
        epoch: Epoch,
        document: bytes,
        stages: StageColumns,
        columns: TreeColumns,
        tree_file: str | None = None,
    ) -> None:
        """Store an epoch whole or not at all, in place of what was there; its tree as it lies in a file, if it does."""

    def tree_place(self, epoch: Epoch) -> str:
        """Return the file in which the tree of a stored epoch is, if there is one."""

    def load_epoch(self, epoch: Epoch) -> EpochBundle:
        """Return a stored epoch; UnsoundError if it is not there."""

    def load_tree(self, epoch: Epoch, *, check_hashes: bool = False) -> TreeColumns | None:
        """Return the stored tree of an epoch, None if there is none; UnsoundError if it is damaged."""

    def save_tree(self, epoch: Epoch, columns: TreeColumns) -> None:
        """Store the tree of a stored epoch."""
