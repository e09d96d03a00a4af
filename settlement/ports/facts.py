"""Where the facts of an epoch come from."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol, Self

from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32
from settlement.ports.parts import EpochParts
from settlement.rules.facts.account_facts import AccountFacts
from settlement.rules.facts.epoch_facts import EpochFacts
from settlement.rules.facts.epochs import EpochBlocks
from settlement.rules.questions.projection import Surroundings
from settlement.rules.questions.self_dealing import AppFee
from settlement.words.records import KeptStakes


class EpochReading(AbstractContextManager["EpochReading"], Protocol):
    """One epoch in one state of what is indexed: all that is asked of it is of that state, until it is closed."""

    @property
    def facts(self) -> EpochFacts:
        """Return everything the settlement of the epoch reads."""

    @property
    def parts(self) -> EpochParts | None:
        """Return the rows of miners and users that are not among the facts; None where all are."""

    def __enter__(self) -> Self:
        """Return itself; leaving closes it."""

    def close(self) -> None:
        """Let the state go."""

    def keep_stakes(self) -> bytes | None:
        """Keep the stakes of the epoch, so that the next one begins with them; return their sha256, None for none."""

    def load_account(self, account: Address) -> AccountFacts:
        """Return what concerns one account in the epoch."""

    def load_surroundings(self) -> Surroundings:
        """Return stakes and approved apps of the epoch."""

    def load_fees(self) -> Mapping[bytes, AppFee]:
        """Return the fees in force for the approved apps of the epoch."""


class Facts(Protocol):
    """Reads epochs from finalized blocks. It remembers none of them: two threads do not disturb each other."""

    def load_blocks(self, epoch: Epoch) -> EpochBlocks:
        """Return the first and the reference block; EpochUnfinishedError while the epoch has not ended."""

    def load_facts(self, epoch: Epoch, *, since: KeptStakes | None = None, apart: bool = False) -> EpochReading:
        """Return a finished epoch, to be closed by whoever asked; EpochUnfinishedError while it has not ended.

        With `since` it may begin with the stakes that were kept with the epoch before, and has the same facts.
        `apart`: its rows are left in parts, where the engine can do that.
        """

    def load_open_facts(self) -> EpochReading:
        """Return the epoch of the newest finalized block, as if it ended with that block; to be closed likewise."""

    def forget_stakes(self) -> None:
        """Forget the stakes that were kept."""

    def last_block(self) -> BlockNumber | None:
        """Return the newest finalized block that is indexed, None before the first."""

    def load_proposed_root(self, epoch: Epoch) -> tuple[Hash32, Hash32] | None:
        """Return (root, report hash) that the committee proposed last and nobody vetoed; None without one."""
