"""A block's receipts with what proves them: whoever knows the block's hash knows its logs, without trusting anybody."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import rlp

from indexer.ports.chain import Node
from indexer.rules.consensus.keccak import keccak256
from indexer.rules.consensus.receipt import encode_receipt
from indexer.rules.consensus.trie import list_root
from indexer.words.blocks import BlockRange
from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import Address, BlockNumber, to_hex

_RECEIPTS_ROOT, _NUMBER = 5, 8
_TYPED = 0xC0
Log = tuple[Address, tuple[bytes, ...], bytes]
"""Address, topics, data."""


def fetch_block_proof(node: Node, number: BlockNumber) -> dict[str, Any]:
    """Return a block's header and all of its receipts as consensus encodes them, proven to belong together."""
    headers = node.fetch_headers(BlockRange(number, number))
    header = headers.encoded[headers.encoded_offsets[0] : headers.encoded_offsets[1]].tobytes()
    receipts = [encode_receipt(each) for each in node.fetch_raw_receipts(headers.head(0).ref)]
    proof = {"header": to_hex(header), "receipts": [to_hex(each) for each in receipts]}
    verify_block_proof(proof)
    return {"number": number, "hash": to_hex(headers.head(0).ref.hash)} | proof


def verify_block_proof(proof: Mapping[str, Any]) -> tuple[int, bytes, list[Log]]:
    """Return number, hash and logs of the block that a proof is of, in order.

    UnsoundError unless the receipts have the root that the header names, InputError for what is no proof.
    """
    try:
        header = bytes.fromhex(str(proof["header"]).removeprefix("0x"))
        receipts = [bytes.fromhex(str(each).removeprefix("0x")) for each in proof["receipts"]]
        fields = cast("list[bytes]", rlp.decode(header))
        if not isinstance(fields, list):
            raise ValueError("no list of a header's fields")
        root, number = bytes(fields[_RECEIPTS_ROOT]), int.from_bytes(fields[_NUMBER], "big")
        logs = [log for receipt in receipts for log in _logs_of(receipt)]
    except (KeyError, IndexError, ValueError, TypeError, rlp.DecodingError) as error:
        raise InputError("this is no proof of a block", got=str(error)[:200]) from error
    if list_root(receipts) != root:
        raise UnsoundError(
            f"the receipts are not those of block {number}", expected=to_hex(root), got=to_hex(list_root(receipts))
        )
    return number, keccak256(header), logs


def _logs_of(receipt: bytes) -> Sequence[Log]:
    fields = cast("list[Any]", rlp.decode(receipt if receipt[0] >= _TYPED else receipt[1:]))
    return [(Address(address), tuple(topics), data) for address, topics, data in fields[3]]
