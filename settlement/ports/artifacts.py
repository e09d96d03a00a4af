"""Where the columns of settled epochs are kept."""

from typing import Protocol

from indexer.words.quantities import Epoch
from settlement.rules.allocation import Aggregates
from settlement.rules.ledger import Leaves
from settlement.rules.stages import AmountRows


class ArtifactStore(Protocol):
    """One folder an epoch: report, aggregates, amounts, leaves. Loading raises UnsoundError if one is missing."""

    def save_epoch(
        self, epoch: Epoch, document: bytes, aggregates: Aggregates, amounts: AmountRows, leaves: Leaves
    ) -> None:
        """Store an epoch whole or not at all, in place of what was there."""

    def has_epoch(self, epoch: Epoch) -> bool:
        """Return whether the epoch's folder is there."""

    def load_aggregates(self, epoch: Epoch) -> Aggregates:
        """Return the aggregates stage."""

    def load_amounts(self, epoch: Epoch) -> AmountRows:
        """Return the amounts stage."""

    def load_leaves(self, epoch: Epoch) -> Leaves:
        """Return the leaves stage, by (account, token)."""
