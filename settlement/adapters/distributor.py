"""The distributor contract through web3: its state, and calls encoded for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import requests
from web3 import HTTPProvider, Web3
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3Exception, Web3RPCError

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.adapters.distributor_abi import DISTRIBUTOR_ABI
from settlement.rules.multiproof import SharedProof
from settlement.rules.tree_layout import LeafProof
from settlement.words.records import RootOnChain

ROOT_STATES = ("none", "pending", "active")
REQUEST_SECONDS = 30
CALLS_PER_REQUEST = 100
"""What public nodes allow in one batch."""


def connect_node(urls: Sequence[str], chain_id: int) -> Web3:
    """Return web3 on the first node that answers; InputError if it is another chain, RetryLaterError if none does."""
    for url in urls:
        web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": REQUEST_SECONDS}))
        try:
            got = web3.eth.chain_id
        except (requests.RequestException, Web3Exception, OSError, ValueError):
            continue
        if got != chain_id:
            raise InputError(
                "the node serves another chain",
                expected=f"chain id {chain_id}",
                got=str(got),
                where=url,
                remedy="correct chain.chain_id or chain.rpc",
            )
        return web3
    raise RetryLaterError("no node answers", where=", ".join(urls), remedy="check chain.rpc, or call again later")


class DistributorContract:
    """Reads of one distributor, and call data for it."""

    def __init__(self, web3: Web3, address: Address) -> None:
        self._web3 = web3
        self._where = to_hex(address)
        self._contract = web3.eth.contract(address=Web3.to_checksum_address(address), abi=DISTRIBUTOR_ABI)

    def first_epoch(self) -> Epoch:
        """Return the first epoch that is ever settled."""
        return Epoch(self._read("first"))

    def next_epoch(self) -> Epoch:
        """Return the epoch whose votes are open."""
        return Epoch(self._read("nextEpoch"))

    def root_at(self, epoch: Epoch) -> RootOnChain:
        """Return what the contract holds for an epoch."""
        state, root, report_hash, active_at = self._read("rootAt", epoch)
        return RootOnChain(ROOT_STATES[state], Hash32(root), Hash32(report_hash), active_at)

    def latest_active(self) -> tuple[Epoch, Hash32] | None:
        """Return the newest active epoch and its root, None before the first."""
        exists, epoch, root = self._read("latestActive")
        return (Epoch(epoch), Hash32(root)) if exists else None

    def vote_of(self, epoch: Epoch, member: Address) -> Hash32 | None:
        """Return the report hash a member voted for in the open round, None without a vote."""
        report_hash = self._read("voteOf", epoch, member)
        return Hash32(report_hash) if any(report_hash) else None

    def is_member(self, account: Address) -> bool:
        """Return whether an account is on the oracle committee now."""
        return bool(self._read("isMember", account))

    def claimed_amounts(self, keys: Sequence[tuple[Address, Address]]) -> list[int]:
        """Return how much each (account, token) has been paid so far, in wei; many calls go in one request."""
        amounts: list[int] = []
        for first in range(0, len(keys), CALLS_PER_REQUEST):
            with self._answering("claimed"), self._web3.batch_requests() as batch:
                for account, token in keys[first : first + CALLS_PER_REQUEST]:
                    batch.add(self._contract.functions["claimed"](account, token))
                answers: list[Any] = batch.execute()  # decoded by the contract's interface
                amounts.extend(int(amount) for amount in answers)
        return amounts

    def constants(self) -> dict[str, int | str]:
        """Return token, genesis, length_seconds and first as the contract holds them."""
        return {
            "token": str(self._read("token")).lower(),
            "genesis": int(self._read("genesis")),
            "length_seconds": int(self._read("lengthSeconds")),
            "first": int(self._read("first")),
        }

    def chain_time(self) -> int:
        """Return the timestamp of the newest block."""
        with translated("newest block"):
            return int(self._web3.eth.get_block("latest")["timestamp"])

    def encode_vote(
        self, epoch: Epoch, root: Hash32, totals: Sequence[tuple[Address, int]], report_hash: Hash32
    ) -> bytes:
        """Return the call data of a vote; totals ascend by token."""
        tokens, cumulative = [token for token, _ in totals], [amount for _, amount in totals]
        return self._encode("vote", [epoch, root, tokens, cumulative, report_hash])

    def encode_activate(self) -> bytes:
        """Return the call data that activates the oldest pending root."""
        return self._encode("activate", [])

    def encode_claims(self, epoch: Epoch, leaves: Sequence[LeafProof]) -> bytes:
        """Return the call data that claims leaves under an active root, each with its own proof."""
        return self._encode("claimMany", [epoch, *_leaf_columns(leaves), [leaf.siblings for leaf in leaves]])

    def encode_shared_claims(self, epoch: Epoch, leaves: Sequence[LeafProof], proof: SharedProof) -> bytes:
        """Return the call data that claims leaves with one proof for all, in the order of its rows."""
        return self._encode("claimManyShared", [epoch, *_leaf_columns(leaves), proof.siblings, proof.flags])

    def _encode(self, name: str, arguments: list[Any]) -> bytes:
        return bytes.fromhex(self._contract.encode_abi(name, args=arguments).removeprefix("0x"))

    def _read(self, name: str, *arguments: Any) -> Any:
        with self._answering(name):
            return self._contract.functions[name](*arguments).call()

    @contextmanager
    def _answering(self, name: str) -> Iterator[None]:
        """Turn a contract that has no such function into InputError, a node that fails into RetryLaterError."""
        try:
            with translated(f"{name} of distributor {self._where}"):
                yield
        except (BadFunctionCallOutput, ContractLogicError) as error:
            raise InputError(
                "the distributor does not answer as one",
                expected=f"a RewardDistributor with {name}",
                got=str(error),
                where=self._where,
                remedy="correct contracts.distributor",
            ) from error


def _leaf_columns(leaves: Sequence[LeafProof]) -> list[list[Any]]:
    """Return accounts, tokens and cumulative amounts."""
    return [[leaf.account for leaf in leaves], [leaf.token for leaf in leaves], [leaf.cumulative for leaf in leaves]]


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn a node that cannot be reached or refuses into RetryLaterError; contract errors pass unchanged."""
    try:
        yield
    except (BadFunctionCallOutput, ContractLogicError):
        raise
    except (requests.RequestException, OSError) as error:
        raise RetryLaterError(
            "the node did not answer", got=str(error), where=where, remedy="call again later"
        ) from error
    except Web3RPCError as error:
        raise RetryLaterError("the node refused", got=error.message, where=where, remedy="call again later") from error
    except Web3Exception as error:
        raise UnsoundError("the node's answer makes no sense", got=str(error), where=where) from error
