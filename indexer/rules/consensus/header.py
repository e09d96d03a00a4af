"""Block headers as columns, with their RLP, hence their hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from indexer.rules.columns.arrays import I64, U8, U64
from indexer.rules.columns.logs import concat_ragged
from indexer.rules.consensus.header_forms import (
    Block,
    bytes_of,
    header_items,
    missing_members,
    number_of,
    unknown_members,
)
from indexer.rules.consensus.keccak import keccak256, keccak_ragged
from indexer.rules.consensus.rlp import encode_list
from indexer.words.blocks import BlockHead, BlockRef
from indexer.words.faults import UnprovableFault
from indexer.words.quantities import BlockNumber, Hash32, Timestamp


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


OTHER_LEVELS = 'set chain.verify = "quorum:2" with two or more nodes, or update'
_PLAIN = tuple(field.name for field in fields(HeaderColumns) if not field.name.startswith("encoded"))


def encode_header(block: Block) -> bytes:
    """Return the RLP of one header from its JSON members; later forks' members may be absent or null.

    ValueError for a member that is missing though a later one is there, or is no hex string.
    """
    return encode_list(header_items(block))


def header_columns(blocks: Sequence[Block]) -> HeaderColumns:
    """Return headers given as JSON objects; ValueError for one that is malformed.

    A header of which members are missing has no RLP, so that its hash is not proven; where the bloom or the receipts
    root is among them, they are zeros.
    """
    encoded = [b"" if missing_members(block) else encode_header(block) for block in blocks]
    return HeaderColumns(
        number=_numbers(blocks, "number"),
        hash=_fixed(blocks, "hash", 32),
        parent_hash=_fixed(blocks, "parentHash", 32),
        timestamp=_numbers(blocks, "timestamp"),
        bloom=_fixed(blocks, "logsBloom", 256, optional=True),
        receipts_root=_fixed(blocks, "receiptsRoot", 32, optional=True),
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


def header_hash(headers: HeaderColumns, row: int) -> Hash32:
    """Return the Keccak-256 of the RLP of one header."""
    start, end = headers.encoded_offsets[row : row + 2].tolist()
    return Hash32(keccak256(headers.encoded[start:end].tobytes()))


def broken_links(headers: HeaderColumns) -> I64:
    """Return the rows that do not follow the row before them: number plus one, parent hash its hash."""
    follows = headers.number[1:] == headers.number[:-1] + np.uint64(1)
    follows &= (headers.parent_hash[1:] == headers.hash[:-1]).all(axis=1)
    return np.flatnonzero(~follows) + 1


def unprovable_header(block: Block, node: str) -> UnprovableFault | None:
    """Return the fault of a header whose hash cannot be reproduced because of its members; None where it can.

    Members that are null, and those that no block hash covers, are no reason: such a header with another hash is a lie.
    """
    missing, unknown = missing_members(block), unknown_members(block)
    parts = [f"{word} {', '.join(names)}" for word, names in (("no", missing), ("unknown", unknown)) if names]
    if not parts:
        return None
    return UnprovableFault(
        "block hash cannot be proven",
        expected="the members of a header known here",
        got="; ".join(parts),
        where=f"{node} block {number_of(block['number'])}",
        remedy=OTHER_LEVELS,
    )


def other_hash_rule(block: int, nodes: Sequence[str]) -> UnprovableFault:
    """Return the fault of a chain whose nodes agree on a block hash that is not the Keccak-256 of its header."""
    return UnprovableFault(
        "block hash cannot be proven",
        expected="the Keccak-256 of the header",
        got=f"another hash, the same from {' and '.join(nodes)}",
        where=f"block {block}",
        remedy=OTHER_LEVELS,
    )


def _numbers(blocks: Sequence[Block], name: str) -> U64:
    return np.array([number_of(block[name]) for block in blocks], dtype=np.uint64)


def _fixed(blocks: Sequence[Block], name: str, size: int, *, optional: bool = False) -> U8:
    """Return a member of fixed size of each header; where it is `optional`, zeros for one that has none."""
    none = "0x" + "00" * size if optional else None
    values = [block.get(name) or none for block in blocks]
    if None in values:
        raise ValueError(f"header has no {name}")
    rows = [bytes_of(value) for value in values]
    if any(len(row) != size for row in rows):
        raise ValueError(f"expected {name} of {size} bytes")
    return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(-1, size)
