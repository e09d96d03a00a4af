"""The contract beside a distributor that takes votes by signature, and what is signed for it (EIP-712)."""

from collections.abc import Sequence
from typing import Any

from indexer.words.faults import RevertFault
from indexer.words.quantities import Address, Epoch, to_hex
from settlement.adapters.chain.chain_state import ChainState
from settlement.adapters.chain.contract import Contract
from settlement.adapters.chain.distributor_abi import DISTRIBUTOR_ABI, RELAY_ABI
from settlement.ports.signer import Signer
from settlement.words.signed_votes import Ballot, SignedVote

_DOMAIN = {"name": "PoZK Reward Distributor", "version": "1"}
_VOTE = (
    *(("member", "address"), ("epoch", "uint64"), ("round", "uint64"), ("nonce", "uint256")),
    *(("root", "bytes32"), ("tokens", "address[]"), ("cumulative", "uint256[]"), ("reportHash", "bytes32")),
)


class ContractVoteRelay:
    """The relay of one distributor; `signer` is None where nothing is signed."""

    def __init__(self, state: ChainState, distributor: Address, signer: Signer | None = None) -> None:
        self._state, self._signer = state, signer
        names = {"name": "RewardDistributor", "key": "contracts.distributor"}
        self._distributor = Contract(state, distributor, DISTRIBUTOR_ABI, **names)
        relay = Address(bytes.fromhex(self._distributor.read("relay")[0].removeprefix("0x")))
        self._relay = Contract(state, relay, RELAY_ABI, name="RewardRelay", key="contracts.distributor")

    @property
    def address(self) -> Address:
        """Return where it is."""
        return self._relay.address

    def fetch_turn(self, epoch: Epoch, member: Address) -> tuple[int, int]:
        """Return the present round, and the nonce that a signature of the member has to carry."""
        return int(self._distributor.read("round", epoch)[0]), int(self._distributor.read("nonces", member)[0])

    def sign(self, ballot: Ballot, member: Address) -> SignedVote:
        """Sign a ballot for a member in the present round."""
        if self._signer is None:
            raise AssertionError("a relay without a signer only reads and encodes")
        turn, nonce = self.fetch_turn(ballot.epoch, member)
        tokens, cumulative = _columns(ballot)
        message = {
            "member": to_hex(member),
            "epoch": ballot.epoch,
            "round": turn,
            "nonce": nonce,
            "root": to_hex(ballot.root),
            "tokens": [to_hex(token) for token in tokens],
            "cumulative": cumulative,
            "reportHash": to_hex(ballot.report_hash),
        }
        domain = _DOMAIN | {"chainId": self._state.chain_id, "verifyingContract": to_hex(self._distributor.address)}
        types = {"Vote": [{"name": name, "type": kind} for name, kind in _VOTE]}
        return SignedVote(ballot, member, turn, nonce, self._signer.sign_typed(domain, types, message))

    def is_good(self, vote: SignedVote) -> bool:
        """Return whether the contract would count the vote, were it sent alone now."""
        try:
            self._relay.attempt("voteBySig", *_arguments(vote.ballot, [vote]))
        except RevertFault:
            return False
        return True

    def encode(self, ballot: Ballot, votes: Sequence[SignedVote]) -> bytes:
        """Return the call data that casts them all."""
        return self._relay.encode("voteBySig", _arguments(ballot, votes))


def _arguments(ballot: Ballot, votes: Sequence[SignedVote]) -> list[Any]:
    tokens, cumulative = _columns(ballot)
    signed = [[vote.member for vote in votes], [vote.signature for vote in votes]]
    return [ballot.epoch, ballot.root, tokens, cumulative, ballot.report_hash, *signed]


def _columns(ballot: Ballot) -> tuple[list[Address], list[int]]:
    return [token for token, _ in ballot.totals], [amount for _, amount in ballot.totals]
