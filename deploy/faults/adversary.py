"""Nodes that lie consistently: what they say hangs together, its hashes, blooms and receipts roots are right."""

from __future__ import annotations

import copy
import random
from typing import Any

from deploy.faults.source import Json, Source
from indexer.rules.consensus.bloom import make_bloom
from indexer.rules.consensus.header import encode_header
from indexer.rules.consensus.keccak import keccak256
from indexer.rules.consensus.receipt import encode_receipt
from indexer.rules.consensus.trie import list_root
from indexer.rules.protocols.reference import REFERENCE

ADVERSARIES = ("future", "window", "jump", "hole")
_PROOF = "0x" + REFERENCE.by_name["ProofVerified"].topic0.hex()
_MINER = "0x" + "00" * 12 + "ba" * 20
_TAGS = ("latest", "finalized", "safe")
_FUTURE_BLOCKS = 51
_SECONDS_PER_BLOCK = 12


def adversary_of(source: Source, kind: str, seed: int) -> Source:
    """Return a node that lies as `kind` says about blocks that the seed chooses; ValueError for another word."""
    rng = random.Random(f"{seed}/{kind}")  # noqa: S311 - reproducible faults
    final = int(source.answer("eth_getBlockByNumber", ["finalized", False])["number"], 16)
    first = rng.randint(min(1, final), max(1, final // 2))
    if kind == "future":
        return Forger(source, final + 1, final + _FUTURE_BLOCKS, rng, is_newest=True)
    if kind == "window":
        return Forger(source, first, rng.randint(first, max(first, final - 1)), rng)
    if kind == "jump":
        return JumpingFinality(source)
    if kind == "hole":
        return Hole(source, first, rng.randint(first, max(first, final)))
    raise ValueError(f"expected one of {', '.join(ADVERSARIES)}, got {kind!r}")


class Forger:
    """The blocks `first` to `last` are its own, and all that its miner is paid for; `is_newest`: it ends there."""

    def __init__(
        self, source: Source, first: int, last: int, rng: random.Random | None = None, *, is_newest: bool = False
    ) -> None:
        self._source, self._first, self._last, self._is_newest = source, first, last, is_newest
        self._salt = (rng or random.Random(0)).randbytes(32)  # noqa: S311 - reproducible faults
        self._blocks: dict[int, tuple[Json, list[Json]]] = {}
        self._height = int(source.answer("eth_blockNumber", []), 16)

    def answer(self, method: str, params: list[Any]) -> Any:
        """Answer by the forged blocks as far as they go, else as the source does."""
        if method == "eth_blockNumber" and self._is_newest:
            return hex(self._last)
        if method == "eth_getBlockByNumber":
            number = self._number_of(params[0])
            if number is not None:
                return self._block(number)[0] if self._is_ours(number) else self._beyond(number, method, params)
        if method in ("eth_getBlockByHash", "eth_getBlockReceipts"):
            for number in range(self._first, self._last + 1):
                block, receipts = self._block(number)
                if params[0] in (block["hash"], block["number"]):
                    return block if method == "eth_getBlockByHash" else receipts
        if method == "eth_getLogs":
            return self._logs(params[0])
        return self._source.answer(method, params)

    def _number_of(self, tag: str) -> int | None:
        if tag in _TAGS:
            return self._last if self._is_newest else None
        return int(tag, 16)

    def _is_ours(self, number: int) -> bool:
        return self._first <= number <= self._last

    def _beyond(self, number: int, method: str, params: list[Any]) -> Any:
        return None if self._is_newest and number > self._last else self._source.answer(method, params)

    def _block(self, number: int) -> tuple[Json, list[Json]]:
        """Return the forged block and its receipts: like the real one, or the last, with another parent and miner."""
        if number not in self._blocks:
            parent = self._block(number - 1)[0]["hash"] if number > self._first else self._real(number - 1)["hash"]
            block = copy.deepcopy(self._real(min(number, self._height)))
            receipts = copy.deepcopy(self._source.answer("eth_getBlockReceipts", [block["hash"]]) or [])
            late = max(0, number - self._height) * _SECONDS_PER_BLOCK
            block |= {
                "number": hex(number),
                "parentHash": parent,
                "timestamp": hex(int(block["timestamp"], 16) + late),
                "stateRoot": "0x" + keccak256(self._salt + number.to_bytes(8, "big")).hex(),
            }
            self._blocks[number] = _sealed(block, receipts)
        return self._blocks[number]

    def _real(self, number: int) -> Json:
        found: Json = self._source.answer("eth_getBlockByNumber", [hex(number), False])
        return found

    def _logs(self, query: Json) -> list[Json]:
        low, high = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        parts = [(low, min(high, self._first - 1)), (max(low, self._last + 1), high)]
        found: list[Json] = []
        for start, end in parts[: 1 if self._is_newest else 2]:
            if start <= end:
                asked = query | {"fromBlock": hex(start), "toBlock": hex(end)}
                found += self._source.answer("eth_getLogs", [asked])
        for number in range(max(low, self._first), min(high, self._last) + 1):
            found += [log for each in self._block(number)[1] for log in each["logs"] if _is_asked_for(log, query)]
        return sorted(found, key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16)))


class JumpingFinality:
    """A node that calls its newest block final."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def answer(self, method: str, params: list[Any]) -> Any:
        """Answer as the source, but for the newest block where the final one is asked for."""
        if method == "eth_getBlockByNumber" and params[0] in _TAGS:
            return self._source.answer(method, ["latest", *params[1:]])
        return self._source.answer(method, params)


class Hole:
    """A node that has no logs of the blocks `first` to `last`, whatever it is asked."""

    def __init__(self, source: Source, first: int, last: int) -> None:
        self._source, self._first, self._last = source, first, last

    def answer(self, method: str, params: list[Any]) -> Any:
        """Answer as the source, without those logs."""
        found = self._source.answer(method, params)
        if method == "eth_getLogs":
            return [log for log in found if not self._is_in(log["blockNumber"])]
        if method == "eth_getBlockReceipts" and found:
            return [each | {"logs": []} if self._is_in(each["blockNumber"]) else each for each in found]
        return found

    def _is_in(self, number: str) -> bool:
        return self._first <= int(number, 16) <= self._last


def _sealed(block: Json, receipts: list[Json]) -> tuple[Json, list[Json]]:
    """Return the block and its receipts with one miner in every proof, and blooms, roots and hashes that fit."""
    items: list[bytes] = []
    for receipt in receipts:
        own: list[bytes] = []
        for log in receipt["logs"]:
            if log["topics"][:1] == [_PROOF] and len(log["topics"]) == 4:
                log["topics"][3] = _MINER
            own += [bytes.fromhex(word[2:]) for word in (log["address"], *log["topics"])]
        receipt |= {"logsBloom": "0x" + make_bloom(own).hex(), "blockNumber": block["number"]}
        items += own
    root = list_root([encode_receipt(each) for each in receipts])
    block |= {"logsBloom": "0x" + make_bloom(items).hex(), "receiptsRoot": "0x" + root.hex()}
    block["hash"] = "0x" + keccak256(encode_header(block)).hex()
    for receipt in receipts:
        receipt["blockHash"] = block["hash"]
        for log in receipt["logs"]:
            log |= {"blockHash": block["hash"], "blockNumber": block["number"]}
    return block, receipts


def _is_asked_for(log: Json, query: Json) -> bool:
    first = log["topics"][0] if log["topics"] else None
    return log["address"] in query["address"] and first in query["topics"][0]
