"""Where the facts of an epoch come from."""

from collections.abc import Mapping
from typing import Protocol

from indexer.words.blocks import BlockRef
from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32
from settlement.rules.facts.account_facts import AccountFacts
from settlement.rules.facts.epoch_facts import EpochFacts
from settlement.rules.facts.epochs import EpochBlocks
from settlement.rules.questions.projection import Surroundings
from settlement.rules.questions.self_dealing import AppFee


class Facts(Protocol):
    """Reads finished epochs from finalized blocks."""

    def load_blocks(self, epoch: Epoch) -> EpochBlocks:
        """Return the first and the reference block; EpochUnfinishedError while the epoch has not ended."""

    def load_facts(self, epoch: Epoch, *, since: BlockRef | None = None) -> EpochFacts:
        """Return everything the settlement of one epoch reads; EpochUnfinishedError while it has not ended.

        With `since`, the reference block of the epoch before, it may begin with the stakes that were kept there, and
        gives the same facts.
        """

    def keep_stakes(self, facts: EpochFacts) -> None:
        """Keep the stakes of the epoch whose facts were loaded last, so that the next one begins with them."""

    def forget_stakes(self) -> None:
        """Forget the stakes that were kept."""

    def last_block(self) -> BlockNumber | None:
        """Return the newest finalized block that is indexed, None before the first."""

    def load_proposed_root(self, epoch: Epoch) -> tuple[Hash32, Hash32] | None:
        """Return (root, report hash) that the committee proposed last and nobody vetoed; None without one."""


class AccountFactsSource(Protocol):
    """Reads what concerns one account."""

    def load_account(self, facts: EpochFacts, account: Address) -> AccountFacts:
        """Return what concerns one account in the epoch whose facts were loaded last."""


class OpenFacts(Protocol):
    """Reads an epoch that has not ended."""

    def load_open_facts(self) -> EpochFacts:
        """Return the facts of the epoch of the newest finalized block, as if it ended with that block."""

    def load_surroundings(self) -> Surroundings:
        """Return stakes and approved apps of the epoch whose facts were loaded last."""

    def load_fees(self) -> Mapping[bytes, AppFee]:
        """Return the fees in force for the approved apps of the epoch whose facts were loaded last."""
