"""Drives a traffic plan on a node: each block's calls in one batch, every receipt read, every refusal tried."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from web3 import Web3
from web3.contract import Contract

from deploy.artifacts import Artifact
from deploy.devnet.arguments import Arguments
from deploy.devnet.plan_words import ExpectedRefusal, PlainValue, PlannedBlock, StepCall
from deploy.devnet.rpc import DevRpc
from deploy.revert import RevertNames
from indexer.words.errors import UnsoundError

_GAS = 3_000_000
_TOP_GAS_PRICE_WEI = 10**11


@dataclass(frozen=True, slots=True)
class Target:
    """A contract under the name the plan calls it."""

    address: str
    artifact: Artifact


class Driver:
    """Turns named calls into transactions of unlocked accounts.

    `accounts` are addresses by name, `targets` contracts by name, `keys` the private keys of who signs off chain, by
    address. What the calls teach is kept in `values`.
    """

    def __init__(
        self,
        rpc: DevRpc,
        accounts: Mapping[str, str],
        targets: Mapping[str, Target],
        keys: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._rpc = rpc
        web3 = Web3()
        self._contracts: dict[str, Contract] = {
            name: web3.eth.contract(address=Web3.to_checksum_address(target.address), abi=target.artifact.abi)
            for name, target in targets.items()
        }
        self.values: dict[str, PlainValue] = dict(accounts)
        self.values |= {name: contract.address for name, contract in self._contracts.items()}
        self._arguments = Arguments(rpc, self.values, self._contracts, keys)
        self._reverts = RevertNames(target.artifact for target in targets.values())
        self._nonces: dict[str, int] = {}

    def drive(self, block: PlannedBlock, genesis: int) -> None:
        """Put the block's calls into one block of the chain; UnsoundError names the first one that failed."""
        requests = [self._transaction(call, place, genesis) for place, call in enumerate(block.calls)]
        hashes = self._rpc.results([("eth_sendTransaction", [request]) for request in requests])
        timestamp = genesis + block.offset_seconds
        self._rpc.results([("evm_setNextBlockTimestamp", [timestamp]), ("evm_mine", [])])
        receipts = {it["transactionHash"]: it for it in self._rpc.call("eth_getBlockReceipts", "latest")}
        if [mined for mined in receipts if mined in hashes] != hashes:  # those of others may lie between
            raise UnsoundError(
                "devnet block differs from its plan", expected=f"{len(hashes)} transactions", got=str(len(receipts))
            )
        for call, request, mined in zip(block.calls, requests, hashes, strict=True):
            self._read(call, request, receipts[mined])
        self._try_refusals(block.refusals, genesis)

    def _transaction(self, call: StepCall, place: int, genesis: int) -> dict[str, Any]:
        """Return an `eth_sendTransaction` request; falling gas prices keep the order of the plan in the block."""
        sender = str(self.values[call.sender.text])
        if sender not in self._nonces:
            self._nonces[sender] = int(self._rpc.call("eth_getTransactionCount", sender, "latest"), 16)
        nonce = self._nonces[sender]
        self._nonces[sender] = nonce + 1
        price = _TOP_GAS_PRICE_WEI - place
        return self._message(call, genesis) | {"gas": hex(_GAS), "gasPrice": hex(price), "nonce": hex(nonce)}

    def _message(self, call: StepCall, genesis: int) -> dict[str, Any]:
        contract = self._contracts[call.contract.text]
        data = contract.encode_abi(call.function, args=[self._arguments.value(it, genesis) for it in call.arguments])
        return {"from": self.values[call.sender.text], "to": contract.address, "data": data}

    def _read(self, call: StepCall, request: dict[str, Any], receipt: dict[str, Any]) -> None:
        if receipt["status"] != "0x1":
            raise UnsoundError(
                f"devnet call {call.contract.text}.{call.function} failed",
                got=self._why(request, receipt),
                where=f"block {int(receipt['blockNumber'], 16)}, sender {call.sender.text}, {call.arguments}",
            )
        taught: dict[str, Iterator[PlainValue]] = {}
        for learned in call.learns:
            if learned.event not in taught:
                event = self._contracts[call.contract.text].events[learned.event]()
                topics = [log["topics"] for log in receipt["logs"] if log["topics"][0] == event.topic]
                taught[learned.event] = (_first_argument(event.abi, it[1]) for it in topics)
            self.values[learned.name.text] = next(taught[learned.event])

    def _why(self, request: dict[str, Any], receipt: dict[str, Any]) -> str:
        """Return the revert of a failed transaction by calling it again on the block before it."""
        before = hex(int(receipt["blockNumber"], 16) - 1)
        message = {key: request[key] for key in ("from", "to", "data")}
        answer = self._rpc.answers([("eth_call", [message, before])])[0]
        return self._reverts.name(answer["error"]) if "error" in answer else "no revert on the block before"

    def _try_refusals(self, refusals: tuple[ExpectedRefusal, ...], genesis: int) -> None:
        batch = [("eth_call", [self._message(refusal.call, genesis), "latest"]) for refusal in refusals]
        for refusal, answer in zip(refusals, self._rpc.answers(batch), strict=True):
            got = self._reverts.name(answer["error"]) if "error" in answer else "success"
            if got != refusal.error:
                call = refusal.call
                raise UnsoundError(
                    f"devnet call {call.contract.text}.{call.function} was not refused as it should be",
                    expected=refusal.error,
                    got=got,
                    where=f"sender {call.sender.text}, {call.arguments}",
                )


def _first_argument(abi: Mapping[str, Any], topic: str) -> PlainValue:
    """Return the first indexed argument of an event, as its topic 1 has it."""
    word = bytes.fromhex(topic[2:])
    if abi["inputs"][0]["type"] == "address":
        return str(Web3.to_checksum_address(word[12:]))
    return int.from_bytes(word, "big")
