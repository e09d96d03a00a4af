"""Transaction receipts: their consensus encoding, hence the receipts root, and the logs in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.rules.logs import U8, LogColumns, concat_logs
from indexer.rules.rlp import encode_bytes, encode_list, encode_uint
from indexer.rules.trie import list_root
from indexer.words.blocks import BlockRef
from indexer.words.faults import UnprovableFault

LEGACY, DEPOSIT = 0x00, 0x7E
KNOWN_TYPES = {LEGACY: "legacy", 1: "EIP-2930", 2: "EIP-1559", 3: "EIP-4844", 4: "EIP-7702", DEPOSIT: "OP deposit"}

Receipt = Mapping[str, object]


def encode_receipt(receipt: Receipt, block: BlockRef) -> bytes:
    """Return the bytes that the receipts trie holds for one JSON receipt.

    UnprovableFault for a type unknown here, naming the block; ValueError or KeyError for a malformed receipt.
    """
    kind = int(str(receipt.get("type") or "0x0"), 16)
    if kind not in KNOWN_TYPES:
        raise unknown_type(kind, block)
    items = [
        _outcome(receipt),
        encode_uint(_number(receipt["cumulativeGasUsed"])),
        encode_bytes(_raw(receipt["logsBloom"])),
        encode_list(_encode_log(log) for log in logs_of(receipt)),
    ]
    if kind == DEPOSIT:
        items += _deposit_fields(receipt)
    body = encode_list(items)
    return body if kind == LEGACY else bytes([kind]) + body


def unknown_type(kind: int, block: BlockRef) -> UnprovableFault:
    """Return the fault of a receipt type whose encoding is not known here."""
    return UnprovableFault(
        "receipts root cannot be proven",
        expected=f"receipt types {', '.join(hex(known) for known in KNOWN_TYPES)}",
        got=f"unknown receipt type {kind:#x}",
        where=f"block {block.number} 0x{block.hash.hex()}",
        remedy='set chain.verify = "quorum:2" with two or more nodes, or update',
    )


def receipt_logs(receipts: Sequence[Receipt], block: BlockRef) -> LogColumns:
    """Return all logs of one block's receipts.

    Log and transaction indexes are positions, not what the node says: only positions are in the root.
    """
    logs = [(at, receipt, log) for at, receipt in enumerate(receipts) for log in logs_of(receipt)]
    words = [[_raw(topic) for topic in _list(log["topics"])] for _, _, log in logs]
    data = [_raw(log["data"]) for _, _, log in logs]
    topics = np.zeros((len(logs), 4, 32), dtype=np.uint8)
    for row, found in enumerate(words):
        topics[row, : len(found)] = np.frombuffer(b"".join(found), dtype=np.uint8).reshape(-1, 32)
    return LogColumns(
        block_number=np.full(len(logs), block.number, dtype=np.uint64),
        block_hash=_rows([block.hash] * len(logs), 32),
        log_index=np.arange(len(logs), dtype=np.uint32),
        tx_index=np.array([at for at, _, _ in logs], dtype=np.uint32),
        tx_hash=_rows([_raw(receipt["transactionHash"]) for _, receipt, _ in logs], 32),
        address=_rows([_raw(log["address"]) for _, _, log in logs], 20),
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

    UnprovableFault for a type unknown here; KeyError, ValueError or TypeError for a malformed receipt.
    """
    roots = [
        list_root([encode_receipt(each, block) for each in found])
        for found, block in zip(receipts, blocks, strict=True)
    ]
    logs = [receipt_logs(found, block) for found, block in zip(receipts, blocks, strict=True)]
    return ReceiptLogs(concat_logs(logs), np.frombuffer(b"".join(roots), dtype=np.uint8).reshape(-1, 32))


def logs_of(receipt: Receipt) -> list[Mapping[str, object]]:
    """Return the JSON logs of a receipt."""
    return _list(receipt["logs"])


def _outcome(receipt: Receipt) -> bytes:
    """Return the status, or before Byzantium the state root."""
    root = receipt.get("root")
    if receipt.get("status") is None and root is not None:
        return encode_bytes(_raw(root))
    return encode_uint(_number(receipt["status"]))


def _deposit_fields(receipt: Receipt) -> list[bytes]:
    """Return the nonce (since Regolith) and the version (since Canyon) of an OP-stack deposit."""
    fields = [receipt.get("depositNonce"), receipt.get("depositReceiptVersion")]
    return [encode_uint(_number(field)) for field in fields if field is not None]


def _encode_log(log: Mapping[str, object]) -> bytes:
    topics = encode_list(encode_bytes(_raw(topic)) for topic in _list(log["topics"]))
    return encode_list([encode_bytes(_raw(log["address"])), topics, encode_bytes(_raw(log["data"]))])


def _list(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list, got {type(value).__name__}")
    return value


def _raw(value: object) -> bytes:
    text = str(value)
    if not text.startswith("0x"):
        raise ValueError(f"expected hex with 0x, got {text[:20]!r}")
    return bytes.fromhex(text[2:])


def _number(value: object) -> int:
    return int(str(value), 16)


def _rows(values: Sequence[bytes], size: int) -> np.ndarray:
    if any(len(value) != size for value in values):
        raise ValueError(f"expected {size} bytes")
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, size)
