"""Block headers: their RLP, hence their hash, with the fields that each fork added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from indexer.rules.keccak import keccak_ragged
from indexer.rules.logs import I64, U8, U64, concat_ragged
from indexer.rules.rlp import encode_bytes, encode_list, encode_uint
from indexer.words.blocks import BlockHead, BlockRef
from indexer.words.faults import UnprovableFault
from indexer.words.quantities import BlockNumber, Hash32, Timestamp

# Name in JSON and whether it is a number, in the order of the RLP list.
FIELDS: tuple[tuple[str, bool], ...] = (
    ("parentHash", False),
    ("sha3Uncles", False),
    ("miner", False),
    ("stateRoot", False),
    ("transactionsRoot", False),
    ("receiptsRoot", False),
    ("logsBloom", False),
    ("difficulty", True),
    ("number", True),
    ("gasLimit", True),
    ("gasUsed", True),
    ("timestamp", True),
    ("extraData", False),
    ("mixHash", False),
    ("nonce", False),
    ("baseFeePerGas", True),  # London
    ("withdrawalsRoot", False),  # Shanghai
    ("blobGasUsed", True),  # Cancun
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),  # Prague
)
FIELD_NAMES = tuple(name for name, _ in FIELDS)
_NOT_HASHED = {"hash", "size", "totalDifficulty", "transactions", "uncles", "withdrawals"}


@dataclass(frozen=True, slots=True)
class HeaderColumns:
    """n headers, ascending. Hashes are uint8 (n, 32), blooms (n, 256); `encoded` is the RLP of each, ragged."""

    number: U64
    hash: U8
    parent_hash: U8
    timestamp: U64
    bloom: U8
    receipts_root: U8
    encoded: U8
    encoded_offsets: I64

    def __len__(self) -> int:
        return len(self.number)

    def head(self, row: int) -> BlockHead:
        """Return one header as a value."""
        ref = BlockRef(BlockNumber(int(self.number[row])), Hash32(self.hash[row].tobytes()))
        return BlockHead(ref, Hash32(self.parent_hash[row].tobytes()), Timestamp(int(self.timestamp[row])))


_PLAIN = tuple(field.name for field in fields(HeaderColumns) if not field.name.startswith("encoded"))


def encode_header(values: Mapping[str, object]) -> bytes:
    """Return the RLP of one header from its JSON fields (hex strings); later forks' fields may be absent.

    ValueError for a field that is missing though a later one is there, or is no hex string.
    """
    present = [name for name in FIELD_NAMES if values.get(name) is not None]
    if len(present) < 15 or tuple(present) != FIELD_NAMES[: len(present)]:
        missing = next(name for name, kept in zip(FIELD_NAMES, [*present, ""], strict=False) if name != kept)
        raise ValueError(f"header has no {missing}")
    return encode_list(_encode_field(str(values[name]), is_number) for name, is_number in FIELDS[: len(present)])


def header_columns(blocks: Sequence[Mapping[str, object]]) -> HeaderColumns:
    """Return headers given as JSON objects; ValueError for one that is malformed."""
    encoded = [encode_header(block) for block in blocks]
    return HeaderColumns(
        number=np.array([int(str(block["number"]), 16) for block in blocks], dtype=np.uint64),
        hash=_fixed(blocks, "hash", 32),
        parent_hash=_fixed(blocks, "parentHash", 32),
        timestamp=np.array([int(str(block["timestamp"]), 16) for block in blocks], dtype=np.uint64),
        bloom=_fixed(blocks, "logsBloom", 256),
        receipts_root=_fixed(blocks, "receiptsRoot", 32),
        encoded=np.frombuffer(b"".join(encoded), dtype=np.uint8),
        encoded_offsets=np.cumsum([0, *map(len, encoded)]).astype(np.int64),
    )


def concat_headers(parts: Sequence[HeaderColumns]) -> HeaderColumns:
    """Return all headers of `parts`, one or more, in order."""
    if len(parts) == 1:
        return parts[0]
    encoded, offsets = concat_ragged([part.encoded for part in parts], [part.encoded_offsets for part in parts])
    plain = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _PLAIN}
    return HeaderColumns(**plain, encoded=encoded, encoded_offsets=offsets)


def wrong_hashes(headers: HeaderColumns) -> I64:
    """Return the rows whose hash is not the Keccak-256 of their RLP."""
    computed = keccak_ragged(headers.encoded, headers.encoded_offsets)
    return np.flatnonzero((computed != headers.hash).any(axis=1))


def broken_links(headers: HeaderColumns) -> I64:
    """Return the rows that do not follow the row before them: number plus one, parent hash its hash."""
    follows = headers.number[1:] == headers.number[:-1] + np.uint64(1)
    follows &= (headers.parent_hash[1:] == headers.hash[:-1]).all(axis=1)
    return np.flatnonzero(~follows) + 1


def unknown_fields(block: Mapping[str, object]) -> list[str]:
    """Return the fields of a JSON block that no rule here hashes, ascending."""
    return sorted(set(block) - set(FIELD_NAMES) - _NOT_HASHED)


def unprovable_header(block: Mapping[str, object], node: str) -> UnprovableFault:
    """Return the fault of a header whose hash cannot be reproduced because it has fields unknown here."""
    return UnprovableFault(
        "block hash cannot be proven",
        expected="the header fields known here",
        got=f"unknown field {', '.join(unknown_fields(block))}",
        where=f"{node} block {int(str(block['number']), 16)}",
        remedy='set chain.verify = "quorum:2" with two or more nodes, or update',
    )


def _encode_field(text: str, is_number: bool) -> bytes:
    return encode_uint(int(text, 16)) if is_number else encode_bytes(bytes.fromhex(text[2:]))


def _fixed(blocks: Sequence[Mapping[str, object]], name: str, size: int) -> U8:
    raw = bytes.fromhex("".join(str(block[name])[2:] for block in blocks))
    if len(raw) != size * len(blocks):
        raise ValueError(f"expected {name} of {size} bytes")
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, size)
