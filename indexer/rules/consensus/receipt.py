"""Transaction receipts: their consensus encoding, hence the receipts root, and the logs in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.rules.columns.arrays import U8
from indexer.rules.columns.logs import LogColumns, concat_logs
from indexer.rules.consensus.header import OTHER_LEVELS
from indexer.rules.consensus.header_forms import bytes_of, number_of
from indexer.rules.consensus.rlp import encode_bytes, encode_list, encode_uint
from indexer.rules.consensus.trie import list_root
from indexer.words.blocks import BlockRef
from indexer.words.faults import UnprovableFault

LEGACY, DEPOSIT = 0x00, 0x7E
KNOWN_TYPES = {LEGACY: "legacy", 1: "EIP-2930", 2: "EIP-1559", 3: "EIP-4844", 4: "EIP-7702", DEPOSIT: "OP deposit"}
DEPOSIT_MEMBERS = ("depositNonce", "depositReceiptVersion")
MOST_TYPE = 0x7F
"""The greatest type byte there can be (EIP-2718): what follows begins a list."""

Receipt = Mapping[str, object]


def encode_receipt(receipt: Receipt) -> bytes:
    """Return the bytes that the receipts trie holds for one JSON receipt, as is usual for its type.

    Usual is the type byte before four items; a deposit of an OP-stack chain that names its version (since Canyon) has
    its nonce and version behind them. ValueError or KeyError for a malformed receipt.
    """
    kind = kind_of(receipt)
    versioned = kind == DEPOSIT and all(receipt.get(name) is not None for name in DEPOSIT_MEMBERS)
    return encode_as(receipt, kind if 0 < kind <= MOST_TYPE else None, DEPOSIT_MEMBERS if versioned else ())


def encode_as(receipt: Receipt, kind: int | None, extras: Sequence[str], *, by_state_root: bool = False) -> bytes:
    """Return the bytes of a receipt with the type byte `kind`, none for None or 0, and members behind the four items.

    `by_state_root` takes the state root (before Byzantium) though there is a status. ValueError or KeyError for a
    malformed receipt.
    """
    body = encode_list(
        [
            _outcome(receipt, by_state_root=by_state_root),
            encode_uint(number_of(receipt["cumulativeGasUsed"])),
            encode_bytes(bytes_of(receipt["logsBloom"])),
            encode_list(_encode_log(log) for log in logs_of(receipt)),
            *(encode_uint(number_of(receipt[name])) for name in extras),
        ]
    )
    return bytes([kind]) + body if kind else body


def kind_of(receipt: Receipt) -> int:
    """Return the type of a receipt; one without a type is of the oldest kind. ValueError for no number."""
    kind = receipt.get("type")
    return LEGACY if kind is None else number_of(kind)


def unknown_types(kinds: Sequence[int], block: BlockRef) -> UnprovableFault:
    """Return the fault of receipts whose root no encoding gives, with types unknown here among them."""
    return UnprovableFault(
        "receipts root cannot be proven",
        expected=f"receipt types {', '.join(map(hex, KNOWN_TYPES))}, or another with the usual four items",
        got=f"unknown receipt type {', '.join(map(hex, kinds))}",
        where=f"block {block.number} 0x{block.hash.hex()}",
        remedy=OTHER_LEVELS,
    )


def receipt_logs(receipts: Sequence[Receipt], block: BlockRef) -> LogColumns:
    """Return all logs of one block's receipts.

    Log and transaction indexes are positions, not what the node says: only positions are in the root.
    """
    logs = [(at, receipt, log) for at, receipt in enumerate(receipts) for log in logs_of(receipt)]
    words = [[bytes_of(topic) for topic in _list(log["topics"])] for _, _, log in logs]
    data = [bytes_of(log["data"]) for _, _, log in logs]
    topics = np.zeros((len(logs), 4, 32), dtype=np.uint8)
    for row, found in enumerate(words):
        topics[row, : len(found)] = np.frombuffer(b"".join(found), dtype=np.uint8).reshape(-1, 32)
    return LogColumns(
        block_number=np.full(len(logs), block.number, dtype=np.uint64),
        block_hash=_rows([block.hash] * len(logs), 32),
        log_index=np.arange(len(logs), dtype=np.uint32),
        tx_index=np.array([at for at, _, _ in logs], dtype=np.uint32),
        tx_hash=_rows([bytes_of(receipt["transactionHash"]) for _, receipt, _ in logs], 32),
        address=_rows([bytes_of(log["address"]) for _, _, log in logs], 20),
        topics=topics,
        topic_count=np.array([len(found) for found in words], dtype=np.uint8),
        data=np.frombuffer(b"".join(data), dtype=np.uint8),
        data_offsets=np.cumsum([0, *map(len, data)]).astype(np.int64),
    )


@dataclass(frozen=True, slots=True)
class ReceiptLogs:
    """All logs of the receipts of some blocks, in order, and the receipts root uint8 (blocks, 32) of each block.

    The roots are recomputed from the receipts; nothing says yet that they are those of the headers.
    """

    logs: LogColumns
    roots: U8


def gather_receipts(receipts: Sequence[Sequence[Receipt]], blocks: Sequence[BlockRef]) -> ReceiptLogs:
    """Return logs and roots of the JSON receipts of each block.

    KeyError, ValueError or TypeError for a malformed receipt.
    """
    roots = [list_root([encode_receipt(each) for each in found]) for found in receipts]
    logs = [receipt_logs(found, block) for found, block in zip(receipts, blocks, strict=True)]
    return ReceiptLogs(concat_logs(logs), np.frombuffer(b"".join(roots), dtype=np.uint8).reshape(-1, 32))


def logs_of(receipt: Receipt) -> list[Mapping[str, object]]:
    """Return the JSON logs of a receipt; null stands for none."""
    logs = receipt["logs"]
    return [] if logs is None else _list(logs)


def _outcome(receipt: Receipt, *, by_state_root: bool) -> bytes:
    """Return the status, or before Byzantium the state root."""
    root = receipt.get("root")
    if root is not None and (by_state_root or receipt.get("status") is None):
        return encode_bytes(bytes_of(root))
    return encode_uint(number_of(receipt["status"]))


def _encode_log(log: Mapping[str, object]) -> bytes:
    topics = encode_list(encode_bytes(bytes_of(topic)) for topic in _list(log["topics"]))
    return encode_list([encode_bytes(bytes_of(log["address"])), topics, encode_bytes(bytes_of(log["data"]))])


def _list(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list, got {type(value).__name__}")
    return value


def _rows(values: Sequence[bytes], size: int) -> np.ndarray:
    if any(len(value) != size for value in values):
        raise ValueError(f"expected {size} bytes")
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, size)
