"""A vote that a member has signed and anyone may send."""

from dataclasses import dataclass

from indexer.words.quantities import Address, Epoch, Hash32


@dataclass(frozen=True, slots=True)
class Ballot:
    """What members agree on: an epoch's root, its totals (ascending by token, in wei) and its report."""

    epoch: Epoch
    root: Hash32
    totals: tuple[tuple[Address, int], ...]
    report_hash: Hash32


@dataclass(frozen=True, slots=True)
class SignedVote:
    """The signature of `member` under a ballot, good in one round and for one nonce of the member."""

    ballot: Ballot
    member: Address
    round: int
    nonce: int
    signature: bytes
