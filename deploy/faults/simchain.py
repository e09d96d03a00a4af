"""A chain in memory with true hashes, blooms and receipts roots, that can be reorganised at any depth."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.faults.source import Json, RefusalError
from indexer.rules.consensus.bloom import make_bloom
from indexer.rules.consensus.header import encode_header
from indexer.rules.consensus.keccak import keccak256
from indexer.rules.consensus.receipt import encode_receipt
from indexer.rules.consensus.trie import list_root

RawLog = tuple[bytes, Sequence[bytes], bytes]  # address, topics, data
Traffic = Callable[[random.Random, int], list[list[RawLog]]]  # the logs of each transaction of a block
_ZERO = "0x" + "00" * 32
_GENESIS_TIME = 1_700_000_000
_KINDS: tuple[Json, ...] = (
    *({"type": hex(kind)} for kind in range(5)),
    {"type": "0x7e"},  # deposits of the OP stack: before Regolith, since Regolith, since Canyon
    {"type": "0x7e", "depositNonce": "0x5"},
    {"type": "0x7e", "depositNonce": "0x5", "depositReceiptVersion": "0x1"},
)
_NOISY_BLOOM = 0.3  # of the empty blocks: some chains set bits in the bloom of a block without a transaction


@dataclass(frozen=True, slots=True)
class SimBlock:
    """One block: its JSON and the JSON of its receipts."""

    block: Json
    receipts: list[Json]


class SimChain:
    """A chain grown by a seed. `finality_lag` blocks at its end are not final."""

    def __init__(
        self, seed: int, traffic: Traffic, *, chain_id: int = 31337, finality_lag: int = 8, seconds: int = 12
    ) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a reproducible chain is the point
        self._traffic, self._chain_id, self._lag, self._seconds = traffic, chain_id, finality_lag, seconds
        self.blocks: list[SimBlock] = []
        self._by_hash: dict[str, SimBlock] = {}
        self.grow(1)

    @property
    def height(self) -> int:
        """The number of the newest block."""
        return len(self.blocks) - 1

    @property
    def final(self) -> int:
        """The number of the newest final block."""
        return max(0, self.height - self._lag)

    def grow(self, count: int) -> None:
        """Append blocks."""
        for _ in range(count):
            number = len(self.blocks)
            parent = self.blocks[-1].block["hash"] if self.blocks else _ZERO
            made = make_block(number, parent, self._rng, self._traffic, _GENESIS_TIME + number * self._seconds)
            self.blocks.append(made)
            self._by_hash[made.block["hash"]] = made

    def reorganise(self, depth: int, count: int) -> None:
        """Replace the newest `depth` blocks by `count` others."""
        del self.blocks[len(self.blocks) - depth :]
        self.grow(count)

    def answer(self, method: str, params: list[Any]) -> Any:
        """Answer a JSON-RPC call truthfully."""
        handlers: dict[str, Callable[..., Any]] = {
            "eth_chainId": lambda: hex(self._chain_id),
            "eth_blockNumber": lambda: hex(self.height),
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": lambda block_hash, _: self._found(block_hash, "block"),
            "eth_getBlockReceipts": lambda block_hash: self._found(block_hash, "receipts"),
            "eth_getTransactionReceipt": self._transaction_receipt,
            "eth_getLogs": self._logs,
            "eth_getCode": lambda _, __: "0x",
        }
        if method not in handlers:
            raise RefusalError(-32601, f"the method {method} does not exist/is not available")
        return handlers[method](*params)

    def _block_by_number(self, tag: str, _: bool) -> Json | None:
        names = {"latest": self.height, "finalized": self.final, "safe": self.final, "earliest": 0}
        number = names[tag] if tag in names else int(tag, 16)
        return self.blocks[number].block if number <= self.height else None

    def _found(self, block_hash: str, part: str) -> Any:
        block = self._by_hash.get(block_hash)
        return None if block is None else getattr(block, part)

    def _transaction_receipt(self, transaction: str) -> Json | None:
        number = int(transaction[2:10], 16)
        receipts = self.blocks[number].receipts if number <= self.height else []
        return next((each for each in receipts if each["transactionHash"] == transaction), None)

    def _logs(self, query: Json) -> list[Json]:
        low, high = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        if high > self.height:
            raise RefusalError(-32000, "block range extends beyond current head block")
        addresses, topics = set(query["address"]), set(query["topics"][0])
        return [
            log
            for block in self.blocks[low : high + 1]
            for receipt in block.receipts
            for log in receipt["logs"]
            if log["address"] in addresses and log["topics"] and log["topics"][0] in topics
        ]


def make_block(number: int, parent: str, rng: random.Random, traffic: Traffic, timestamp: int) -> SimBlock:
    """Return a block with the logs that `traffic` gives it, and every hash and root as consensus has them."""
    transactions = traffic(rng, number)
    hashes = [f"0x{number:08x}{rng.randbytes(28).hex()}" for _ in transactions]
    receipts = _make_receipts(number, transactions, hashes, rng)
    items = [item for logs in transactions for address, topics, _ in logs for item in (address, *topics)]
    noisy = not receipts and rng.random() < _NOISY_BLOOM
    block = {
        "parentHash": parent,
        "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
        "miner": "0x" + rng.randbytes(20).hex(),
        "stateRoot": "0x" + rng.randbytes(32).hex(),
        "transactionsRoot": "0x" + rng.randbytes(32).hex(),
        "receiptsRoot": "0x" + list_root([encode_receipt(each) for each in receipts]).hex(),
        "logsBloom": "0x" + (b"\xff" * 256 if noisy else make_bloom(items)).hex(),
        "difficulty": "0x0",
        "number": hex(number),
        "gasLimit": hex(30_000_000),
        "gasUsed": hex(21_000 * len(receipts)),
        "timestamp": hex(timestamp),
        "extraData": "0x",
        "mixHash": "0x" + rng.randbytes(32).hex(),
        "nonce": "0x" + "00" * 8,
        "baseFeePerGas": "0x7",
        "withdrawalsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
        "parentBeaconBlockRoot": "0x" + rng.randbytes(32).hex(),
    }
    block_hash = "0x" + keccak256(encode_header(block)).hex()
    for receipt in receipts:
        receipt["blockHash"] = block_hash
        for log in receipt["logs"]:
            log["blockHash"] = block_hash
    return SimBlock(block | {"hash": block_hash, "transactions": hashes, "uncles": [], "size": "0x1"}, receipts)


def _make_receipts(number: int, transactions: list[list[RawLog]], hashes: list[str], rng: random.Random) -> list[Json]:
    receipts: list[Json] = []
    index = 0
    for position, (logs, transaction) in enumerate(zip(transactions, hashes, strict=True)):
        place = {"blockNumber": hex(number), "transactionHash": transaction, "transactionIndex": hex(position)}
        entries = [_make_log(log, place, index + offset) for offset, log in enumerate(logs)]
        index += len(logs)
        items = [item for address, topics, _ in logs for item in (address, *topics)]
        receipt = place | {
            "status": "0x1",
            "cumulativeGasUsed": hex(21_000 * (position + 1)),
            "logsBloom": "0x" + make_bloom(items).hex(),
            "logs": entries,
        }
        receipts.append(receipt | rng.choice(_KINDS))
    return receipts


def _make_log(log: RawLog, place: Json, index: int) -> Json:
    address, topics, data = log
    return place | {
        "address": "0x" + address.hex(),
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
        "logIndex": hex(index),
        "removed": False,
    }
