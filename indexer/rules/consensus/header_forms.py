"""What a block hash covers: the members of a header, in order, for each form of header that is known here.

Three forms reproduce real hashes: that of Ethereum and what follows it; AuRa's, which has a seal of two items in the
place of mixHash and nonce; Avalanche's, which has members of its own behind the nonce.
"""

from __future__ import annotations

from collections.abc import Mapping

from indexer.rules.consensus.rlp import encode_bytes, encode_uint
from indexer.words.quantities import parse_quantity

Block = Mapping[str, object]
HeaderField = tuple[str, bool]  # name in JSON, and whether it is a number

FIELDS: tuple[HeaderField, ...] = (
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
"""Ethereum's members in the order of the RLP list; from the sixteenth on a fork may not have them yet."""
FIELD_NAMES = tuple(name for name, _ in FIELDS)
_COMMON, _SEALED = FIELDS[:13], FIELDS[:15]
_AURA_LATER = (FIELDS[15],)
_AVALANCHE_LATER: tuple[HeaderField, ...] = (
    ("extDataHash", False),
    ("baseFeePerGas", True),
    ("extDataGasUsed", True),
    ("blockGasCost", True),
    ("blobGasUsed", True),
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("timestampMilliseconds", True),
    ("minDelayExcess", True),
)
_AVALANCHE_MARK = "extDataHash"
_SEAL_FIELDS = {"sealFields", "step", "signature"}
_NOT_HASHED = {
    "hash",
    "size",
    "totalDifficulty",
    "transactions",
    "uncles",
    "withdrawals",
    "author",
    "blockExtraData",  # Avalanche: the body behind extDataHash
    "l1BlockNumber",  # Arbitrum: these three repeat what mixHash and extraData say
    "sendRoot",
    "sendCount",
    "l1BatchNumber",  # zkSync
    "l1BatchTimestamp",
    "milliTimestamp",  # BSC
}
"""Members that nodes give beside a header and that no block hash covers."""


def header_items(block: Block) -> list[bytes]:
    """Return the encoded items of a header's RLP list; ValueError for one that is missing or malformed."""
    missing = missing_members(block)
    if missing:
        raise ValueError(f"header has no {missing[0]}")
    if is_aura(block):
        return [*_encoded(block, _COMMON), *_seal(block), *_encoded(block, _AURA_LATER)]
    later = _AVALANCHE_LATER if _has(block, _AVALANCHE_MARK) else FIELDS[15:]
    return _encoded(block, _SEALED) + _encoded(block, later)


def missing_members(block: Block) -> list[str]:
    """Return the members that every header of this block's form has, and members that stand before a later one."""
    if is_aura(block):
        return [name for name, _ in _COMMON if not _has(block, name)]
    missing = [name for name, _ in _SEALED if not _has(block, name)]
    if _has(block, _AVALANCHE_MARK):
        return missing
    present = [_has(block, name) for name in FIELD_NAMES]
    last = max((at for at, here in enumerate(present) if here), default=0)
    return missing + [name for name in FIELD_NAMES[15:last] if not _has(block, name)]


def unknown_members(block: Block) -> list[str]:
    """Return the members with a value that no form hashes and that are not known to stay outside, ascending."""
    later = _AVALANCHE_LATER if _has(block, _AVALANCHE_MARK) else ()
    known = set(FIELD_NAMES) | {name for name, _ in later} | _NOT_HASHED | _SEAL_FIELDS
    return sorted(name for name in block if name not in known and _has(block, name))


def is_aura(block: Block) -> bool:
    """Whether a header has AuRa's seal: as items of its RLP, or as step and signature."""
    if _has(block, "mixHash") or _has(block, "nonce"):
        return False
    seal = block.get("sealFields")
    return bool(isinstance(seal, list) and seal) or (_has(block, "step") and _has(block, "signature"))


def encode_member(value: object, *, is_number: bool) -> bytes:
    """Return the RLP of one member; ValueError for what is no hex string. `0x` is the number 0."""
    if is_number:
        return encode_uint(number_of(value))
    return encode_bytes(bytes_of(value))


def number_of(value: object) -> int:
    """Return a number given as `0x..` of at most 64 digits; ValueError for another value."""
    return 0 if value == "0x" else parse_quantity(value)


def bytes_of(value: object) -> bytes:
    """Return bytes given as `0x..`; ValueError for another value."""
    text = str(value)
    if not text.startswith("0x"):
        raise ValueError(f"expected hex with 0x, got {text[:40]!r}")
    raw = bytes.fromhex(text[2:])
    if 2 * len(raw) != len(text) - 2:
        raise ValueError("a blank among hex digits")
    return raw


def _seal(block: Block) -> list[bytes]:
    """Return the items of the seal: each is RLP already, or a step and a signature to be encoded."""
    seal = block.get("sealFields")
    if isinstance(seal, list) and seal:
        return [bytes_of(item) for item in seal]
    step, signature = str(block["step"]), str(block["signature"])
    number = number_of(step) if step.startswith("0x") else int(step)
    return [encode_uint(number), encode_bytes(bytes.fromhex(signature.removeprefix("0x")))]


def _encoded(block: Block, fields: tuple[HeaderField, ...]) -> list[bytes]:
    """Return the items of the members that are there, in order."""
    return [encode_member(block[name], is_number=number) for name, number in fields if _has(block, name)]


def _has(block: Block, name: str) -> bool:
    return block.get(name) is not None
