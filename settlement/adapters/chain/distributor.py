"""The distributor contract: its state, and calls encoded for it."""

from collections.abc import Sequence
from typing import Any

from indexer.words.errors import InputError, UnsoundError
from indexer.words.faults import RevertFault
from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32, to_hex
from settlement.adapters.chain.chain_state import ChainState, StateAt
from settlement.adapters.chain.contract import Contract
from settlement.adapters.chain.distributor_abi import DESK_ABI, DISTRIBUTOR_ABI
from settlement.adapters.chain.refused import refusal_of, refused_call
from settlement.adapters.chain.seats import find_seats
from settlement.rules.contracts.refusals import ContractRefusal
from settlement.rules.entitlements.claim_call import CLAIM_MANY, claim_arguments, encode_claims, leaf_columns
from settlement.rules.entitlements.multiproof import SharedProof
from settlement.rules.entitlements.tree_layout import LeafProof
from settlement.words.records import Challenge, RootOnChain

ROOT_STATES = ("none", "pending", "active")


class DistributorContract:
    """Reads of one distributor, and call data for it."""

    def __init__(self, state: ChainState, address: Address) -> None:
        self._contract = Contract(
            state, address, DISTRIBUTOR_ABI, name="RewardDistributor", key="contracts.distributor"
        )

    @property
    def address(self) -> Address:
        """Return where it is."""
        return self._contract.address

    def first_epoch(self) -> Epoch:
        """Return the first epoch that is ever settled."""
        return Epoch(self._read("first"))

    def next_epoch(self) -> Epoch:
        """Return the epoch whose votes are open."""
        return Epoch(self._read("nextEpoch"))

    def root_at(self, epoch: Epoch) -> RootOnChain:
        """Return what the contract holds for an epoch."""
        state, root, report_hash, active_at = self._read("rootAt", epoch)
        if state >= len(ROOT_STATES):
            raise UnsoundError("an epoch in a state that is not known", expected=str(ROOT_STATES), got=str(state))
        return RootOnChain(ROOT_STATES[state], Hash32(root), Hash32(report_hash), active_at)

    def totals_at(self, epoch: Epoch) -> dict[Address, int]:
        """Return what a proposed epoch says that all leaves of each token come to, in wei."""
        tokens, cumulative = self._read("totalsAt", epoch)
        return dict(zip(map(_address, tokens), cumulative, strict=True))

    def latest_active(self) -> tuple[Epoch, Hash32] | None:
        """Return the newest active epoch and its root, None before the first."""
        exists, epoch, root = self._read("latestActive")
        return (Epoch(epoch), Hash32(root)) if exists else None

    def vote_of(self, epoch: Epoch, member: Address) -> Hash32 | None:
        """Return the report hash a member voted for in the open round, None without a vote."""
        report_hash = self._read("voteOf", epoch, member)
        return Hash32(report_hash) if any(report_hash) else None

    def voter_of(self, account: Address) -> Address | None:
        """Return the member that an account votes for: itself, or a seat whose hot key it is; None if there is none."""
        members = self.members()
        if account in members:
            return account
        seats = find_seats(self._contract.state, self.address, members, account)
        if len(seats) > 1:
            raise InputError(
                "the signer is the hot key of several seats",
                expected="one key for each",
                got=", ".join(map(to_hex, seats)),
                where=to_hex(account),
                remedy="let the owner of all but one of them name another hot key",
            )
        return seats[0] if seats else None

    def members(self) -> list[Address]:
        """Return the oracle committee."""
        return [_address(member) for member in self._read("members")]

    def open_challenges(self) -> list[Challenge]:
        """Return the pending epochs that somebody has challenged for a bond."""
        active = self.latest_active()
        oldest = active[0] + 1 if active else self.first_epoch()
        pending = [Epoch(epoch) for epoch in range(oldest, self.next_epoch())]
        if not pending:
            return []
        ballots = [ballot for (ballot,) in self._contract.read_many("ballotAt", [(epoch,) for epoch in pending])]
        desk = Contract(
            self._contract.state,
            _address(self._read("desk")),
            DESK_ABI,
            name="ChallengeDesk",
            key="contracts.distributor",
        )
        found = desk.read_many("challengeOf", list(zip(pending, ballots, strict=True)))
        open_ones = [(epoch, _address(by)) for epoch, (by, bond) in zip(pending, found, strict=True) if bond]
        return [Challenge(epoch, by, self.root_at(epoch).active_at) for epoch, by in open_ones]

    def quorum(self) -> int:
        """Return how many votes for one report propose its root."""
        return int(self._read("quorum"))

    def try_call(self, sender: Address, data: bytes) -> ContractRefusal | None:
        """Return why the contract would refuse a call now, None where it would take it; nothing is sent."""
        try:
            self._contract.state.at_newest(lambda state: state.call(self._contract.address, data, sender))
        except RevertFault as fault:
            return refusal_of(fault)
        return None

    def claimed_amounts(self, keys: Sequence[tuple[Address, Address]]) -> list[int]:
        """Return how much each (account, token) has been paid so far, in wei; many calls go in one request."""
        return [int(amount) for (amount,) in self._contract.read_many("claimed", keys)]

    def read_batch(self, state: StateAt, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[tuple[Any, ...]]:
        """Return what several views return, of one state, in one request where the node takes it."""
        return self._contract.read_batch(state, calls)

    def fetch_payable(self, epoch: Epoch, leaves: Sequence[LeafProof], subject: str) -> list[int]:
        """Return what each claim would be paid if all were sent now, in wei; 0 where it would be left out.

        RetryLaterError or UnsoundError, which name the subject, where the contract would refuse all of them.
        """
        try:
            (paid,) = self._contract.attempt(CLAIM_MANY, *claim_arguments(epoch, leaves))
        except RevertFault as fault:
            raise refused_call(subject, fault, self.address) from fault
        return [int(amount) for amount in paid]

    def payable_at(self, state: StateAt, epoch: Epoch, leaves: Sequence[LeafProof]) -> list[int]:
        """Return what each claim would be paid in one state, in wei, 0 where it would be left out.

        RevertFault where all of them would be refused.
        """
        ((paid,),) = self._contract.read_batch(state, [(CLAIM_MANY, claim_arguments(epoch, leaves))])
        return [int(amount) for amount in paid]

    def fetch_refusal(self, epoch: Epoch, leaf: LeafProof) -> ContractRefusal | None:
        """Return why a claim would be refused if it were sent alone now; None if it would not be."""
        try:
            self._contract.attempt("claim", epoch, leaf.account, leaf.token, leaf.cumulative, leaf.siblings)
        except RevertFault as fault:
            return refusal_of(fault)
        return None

    def newest_block(self) -> BlockNumber:
        """Return a block as new as the nodes have; what is read next is of it or a later one."""
        return self._contract.state.at_newest(lambda state: state.block)

    def chain_time(self) -> int:
        """Return the timestamp of the newest block."""
        return self._contract.state.at_newest(lambda state: state.number_of(state.header().get("timestamp")))

    def encode_vote(
        self, epoch: Epoch, root: Hash32, totals: Sequence[tuple[Address, int]], report_hash: Hash32
    ) -> bytes:
        """Return the call data of a vote; totals ascend by token."""
        tokens, cumulative = [token for token, _ in totals], [amount for _, amount in totals]
        return self._encode("vote", [epoch, root, tokens, cumulative, report_hash])

    def encode_veto(self, epoch: Epoch) -> bytes:
        """Return the call data of the guardian's veto of a pending root."""
        return self._encode("veto", [epoch])

    def encode_activate(self) -> bytes:
        """Return the call data that activates the oldest pending root."""
        return self._encode("activate", [])

    def encode_claims(self, epoch: Epoch, leaves: Sequence[LeafProof]) -> bytes:
        """Return the call data that claims leaves under an active root, each with its own proof."""
        return encode_claims(epoch, leaves)

    def encode_shared_claims(self, epoch: Epoch, leaves: Sequence[LeafProof], proof: SharedProof) -> bytes:
        """Return the call data that claims leaves with one proof for all, in the order of its rows."""
        return self._encode("claimManyShared", [epoch, *leaf_columns(leaves), proof.siblings, proof.flags])

    def _encode(self, name: str, arguments: list[Any]) -> bytes:
        return self._contract.encode(name, arguments)

    def _read(self, name: str, *arguments: Any) -> Any:
        """Return what a view returns: the value itself where it is one alone."""
        found = self._contract.read(name, *arguments)
        return found[0] if len(found) == 1 else found


def _address(text: str) -> Address:
    return Address(bytes.fromhex(text.removeprefix("0x")))
