"""What the journal keeps: settled reports and sent transactions, as frozen values."""

from dataclasses import dataclass
from enum import StrEnum

from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A settled epoch: the canonical bytes of its report, their keccak256, and the Merkle root."""

    epoch: Epoch
    document: bytes
    report_hash: Hash32
    root: Hash32


class TransactionState(StrEnum):
    """What is known of a signed transaction."""

    SIGNED = "signed"
    MINED = "mined"
    REVERTED = "reverted"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction as it was signed: `purpose` (vote, activate, claim), `subject` (epoch or account)."""

    hash: Hash32
    purpose: str
    subject: str
    sender: Address
    nonce: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class TransactionReceipt:
    """What the chain says of a mined transaction."""

    succeeded: bool
    block_number: BlockNumber
    gas_used: int


@dataclass(frozen=True, slots=True)
class RootOnChain:
    """What the distributor holds for an epoch: state none, pending or active."""

    state: str
    root: Hash32
    report_hash: Hash32
    active_at: int
