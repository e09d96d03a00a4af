"""What is known of a call that is to be on chain once: its nonce, the transactions tried for it, and its fate."""

from dataclasses import dataclass
from enum import StrEnum

from indexer.words.quantities import Address, BlockNumber, Hash32


class IntentState(StrEnum):
    """What became of an intent. All but OPEN may be OPEN again while their block is not final."""

    OPEN = "open"
    MINED = "mined"
    REVERTED = "reverted"
    CANCELLED = "cancelled"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers for each unit of gas; `tip_wei` is None on a chain without a base fee."""

    max_fee_wei: int
    tip_wei: int | None


@dataclass(frozen=True, slots=True)
class FeeMarket:
    """What the chain asks for now; without a base fee `tip_wei` is the whole price."""

    base_fee_wei: int | None
    tip_wei: int


@dataclass(frozen=True, slots=True)
class Call:
    """What a transaction does: call data for an account, and the most gas that it may take. It carries no value."""

    to: Address
    data: bytes
    gas: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction for an intent. `signed_at`: seconds since 1970; `is_cancel`: it only uses the nonce."""

    hash: Hash32
    raw: bytes
    fees: Fees
    signed_at: float
    is_cancel: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that is to be on chain once: `purpose` (vote, activate, claim ..), `subject` (epoch or account).

    `attempts` are in the order of their signing; all of them have the nonce, so that one of them at most is mined.
    """

    id: int
    purpose: str
    subject: str
    sender: Address
    nonce: int
    state: IntentState
    attempts: tuple[Attempt, ...]
    block_number: BlockNumber | None = None
    gas_used: int | None = None

    @property
    def last(self) -> Attempt:
        """Return the newest attempt."""
        return self.attempts[-1]


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call that a dry run would have sent; `gas` is None where it cannot be estimated without the account."""

    purpose: str
    subject: str
    to: Address
    data: bytes
    gas: int | None
