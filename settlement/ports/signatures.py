"""What collecting signed votes needs beside the distributor: who relays them, who signs, where they lie."""

from collections.abc import Sequence
from typing import Protocol

from indexer.words.quantities import Address, Epoch
from settlement.words.signed_votes import Ballot, SignedVote


class VoteRelay(Protocol):
    """The contract that takes votes by signature. RetryLaterError when the node is out of reach."""

    @property
    def address(self) -> Address:
        """Return where it is."""

    def fetch_turn(self, epoch: Epoch, member: Address) -> tuple[int, int]:
        """Return the present round, and the nonce that a signature of the member has to carry."""

    def sign(self, ballot: Ballot, member: Address) -> SignedVote:
        """Sign a ballot for a member in the present round, with the key of the settings."""

    def is_good(self, vote: SignedVote) -> bool:
        """Return whether the contract would count the vote now."""

    def encode(self, ballot: Ballot, votes: Sequence[SignedVote]) -> bytes:
        """Return the call data that casts them all."""


class VoteBoard(Protocol):
    """Where members put signed votes for each other."""

    def store(self, vote: SignedVote) -> str:
        """Put a vote there and return where it lies; RetryLaterError if the place refuses."""

    def load(self, epoch: Epoch, turn: int, members: Sequence[Address]) -> list[SignedVote]:
        """Return what lies there of these members for a round of an epoch; UnsoundError for what is no vote."""
