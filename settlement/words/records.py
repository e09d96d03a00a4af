"""What the journal and the chain keep of an epoch and of a transaction, as frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.words.blocks import BlockRef
from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32

Row = Mapping[str, Any]
"""A row of a table or of a step, by column."""
RowsByTable = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A settled epoch: the canonical bytes of its report, their keccak256, and the Merkle root."""

    epoch: Epoch
    document: bytes
    report_hash: Hash32
    root: Hash32


@dataclass(frozen=True, slots=True)
class KeptStakes:
    """The sums of stakes that were kept when an epoch was settled: its reference block, the sha256 of the file."""

    block: BlockRef
    sha256: bytes


@dataclass(frozen=True, slots=True)
class TransactionReceipt:
    """What the chain says of a mined transaction."""

    succeeded: bool
    block_number: BlockNumber
    gas_used: int


@dataclass(frozen=True, slots=True)
class Challenge:
    """A pending epoch that somebody has challenged for a bond, and the second from which it can be activated."""

    epoch: Epoch
    by: Address
    active_at: int


@dataclass(frozen=True, slots=True)
class RootOnChain:
    """What the distributor holds for an epoch: state none, pending or active."""

    state: str
    root: Hash32
    report_hash: Hash32
    active_at: int
