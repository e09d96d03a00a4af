"""The distributor contract, as the flows that publish and claim need it."""

from collections.abc import Sequence
from typing import Protocol

from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32
from settlement.rules.contracts.refusals import ContractRefusal
from settlement.rules.entitlements.multiproof import SharedProof
from settlement.rules.entitlements.tree_layout import LeafProof
from settlement.words.intents import Attempt, Call, FeeMarket, Fees
from settlement.words.records import RootOnChain, TransactionReceipt


class Distributor(Protocol):
    """State of the distributor, and calls encoded for it. RetryLaterError when the node is out of reach."""

    def first_epoch(self) -> Epoch:
        """Return the first epoch that is ever settled."""

    def next_epoch(self) -> Epoch:
        """Return the epoch whose votes are open."""

    def root_at(self, epoch: Epoch) -> RootOnChain:
        """Return what the contract holds for an epoch."""

    def latest_active(self) -> tuple[Epoch, Hash32] | None:
        """Return the newest active epoch and its root, None before the first."""

    def vote_of(self, epoch: Epoch, member: Address) -> Hash32 | None:
        """Return the report hash a member voted for in the open round, None without a vote."""

    def voter_of(self, account: Address) -> Address | None:
        """Return the committee member that an account votes for: itself, or a seat whose hot key it is; None if none.

        InputError where it is the hot key of several.
        """

    def members(self) -> list[Address]:
        """Return the oracle committee now."""

    def quorum(self) -> int:
        """Return how many equal votes execute a report."""

    def claimed_amounts(self, keys: Sequence[tuple[Address, Address]]) -> list[int]:
        """Return how much each (account, token) has been paid so far, in wei."""

    def fetch_payable(self, epoch: Epoch, leaves: Sequence[LeafProof], subject: str) -> list[int]:
        """Return what each claim would be paid if all were sent now, in wei; 0 where it would be left out.

        RetryLaterError or UnsoundError, which name the subject, where the contract would refuse all of them.
        """

    def fetch_refusal(self, epoch: Epoch, leaf: LeafProof) -> ContractRefusal | None:
        """Return why a claim would be refused if it were sent alone now; None if it would not be."""

    def chain_time(self) -> int:
        """Return the timestamp of the newest block."""

    def encode_vote(
        self, epoch: Epoch, root: Hash32, totals: Sequence[tuple[Address, int]], report_hash: Hash32
    ) -> bytes:
        """Return the call data of a vote; totals ascend by token."""

    def encode_activate(self) -> bytes:
        """Return the call data that activates the oldest pending root."""

    def encode_claims(self, epoch: Epoch, leaves: Sequence[LeafProof]) -> bytes:
        """Return the call data that claims leaves under an active root, each with its own proof."""

    def encode_shared_claims(self, epoch: Epoch, leaves: Sequence[LeafProof], proof: SharedProof) -> bytes:
        """Return the call data that claims leaves with one proof for all, in the order of its rows."""


class Wallet(Protocol):
    """Signs for one account and talks to the nodes about its transactions."""

    @property
    def address(self) -> Address:
        """Return the account."""

    @property
    def can_sign(self) -> bool:
        """Return whether there is a key: without one every run is a dry run."""

    @property
    def contract(self) -> Address:
        """Return what is called."""

    def calling(self, contract: Address) -> "Wallet":
        """Return the wallet of the same account that calls another contract."""

    def estimate_gas(self, purpose: str, subject: str, data: bytes) -> int:
        """Return what the node estimates a call of the contract to cost; UnsoundError if it would revert."""

    def fetch_market(self) -> FeeMarket:
        """Return what the chain asks for now."""

    def sign(self, call: Call, nonce: int, fees: Fees) -> tuple[Hash32, bytes]:
        """Return the hash and the bytes of a signed transaction; nothing is sent."""

    def read_call(self, attempt: Attempt) -> Call:
        """Return what a signed transaction calls."""

    def send_raw(self, raw: bytes) -> None:
        """Hand a signed transaction to the nodes; one that they already know is no error.

        UnderpricedError where they hold another one at its nonce and want more, CannotPayError where the account has
        too little, NodeFault where none takes it.
        """

    def fetch_receipt(self, transaction: Hash32) -> TransactionReceipt | None:
        """Return the receipt, None while the transaction is in no block."""

    def fetch_nonce(self) -> int:
        """Return how many transactions of the account are in blocks."""

    def fetch_final(self) -> tuple[BlockNumber, int]:
        """Return the final block and how many transactions of the account are in blocks up to it."""
