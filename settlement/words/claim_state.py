"""What the distributor holds after one block: of its roots, and of one account."""

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32
from settlement.words.records import RootOnChain


@dataclass(frozen=True, slots=True)
class ChainMoment:
    """How far the distributor is: the newest active root, the epoch whose votes are open, and an epoch of ours."""

    block: BlockNumber
    timestamp: int
    active: tuple[Epoch, Hash32] | None
    next_epoch: Epoch
    settled: RootOnChain


@dataclass(frozen=True, slots=True)
class ClaimState:
    """What an account was paid by token, in wei, where its claims are paid, and whether it has code."""

    moment: ChainMoment
    paid: Mapping[Address, int]
    recipient: Address
    is_contract: bool


@dataclass(frozen=True, slots=True)
class PaidSoFar:
    """What an account was paid in wei, by token, after a block, whether a root was active there, and who says so."""

    source: str
    block: BlockNumber | None
    paid: Mapping[Address, int]
    is_active: bool
