"""What a node's error text says about the range it would accept: every shape that public nodes are known for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class NodeRefusal(Enum):
    """What an error of `eth_getLogs` or its like asks for."""

    RANGE = "fewer blocks"
    RATE = "fewer requests"
    LAG = "a block that the node does not have yet"
    METHOD = "another method"
    FINAL = "nothing: the same call fails again"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hint:
    """The kind of refusal, and for RANGE the number of blocks that the node names, None where it names none."""

    refusal: NodeRefusal
    max_blocks: int | None = None


_NUMBER = r"([\d,_]+\s?k?)"
_EDGES = (  # two block numbers, the last included
    re.compile(r"block range should work:\s*\[(0x[0-9a-f]+),\s*(0x[0-9a-f]+)\]"),
    re.compile(r"try with this block range\s*\[?(0x[0-9a-f]+),\s*(0x[0-9a-f]+)\]?"),
    re.compile(r"retry with the range\s+(\d+)\s*-\s*(\d+)"),
)
_SIZES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"up to a {_NUMBER} block range",
        rf"requested too many blocks from \d+ to \d+, maximum is set to {_NUMBER}",
        rf"max range:\s*{_NUMBER}",
        rf"maximum allowed number of requested blocks is {_NUMBER}",
        rf"exceeds the range allowed for your plan \(\d+ > {_NUMBER}\)",
        rf"limit the query to at most {_NUMBER} blocks",
        rf"maximum block range:\s*{_NUMBER}",
        rf"exceeds max block range:?\s*{_NUMBER}",
        rf"exceed max block range:?\s*{_NUMBER}",
        rf"maximum allowed is {_NUMBER} blocks",
        rf"block range greater than {_NUMBER} max",
        rf"block range exceeds {_NUMBER}",
        rf"must be smaller than size {_NUMBER}",
        rf"block range is too wide \(maximum {_NUMBER}\)",
        rf"blocks distance:\s*{_NUMBER}",
        rf"range is too large, max is {_NUMBER} blocks",
        rf"ranges over {_NUMBER} blocks are not supported",
        rf"limited to an? {_NUMBER}",
        rf"limited to {_NUMBER} block",
    )
)
_FIXED = ((re.compile(r"block range is too wide"), 3000), (re.compile(r"block range too large"), 2000))
_DENSE = re.compile(
    r"query returned more than|exceeds max results|exceeds limit of|response too large|response is too big"
    r"|response size|more than [\d,]+ logs|[\d,]+ logs returned|too many logs|exceeded max allowed"
    r"|range threshold exceeded|no backend is currently healthy|block range limit exceeded|limit exceeded"
    r"|reduce (the |your )?(query )?(block )?range|batch.{0,40}(too large|too big|exceed|limit|maximum|not allowed)"
)
_LAG = re.compile(
    r"after last accepted block|beyond current head|cannot query unfinalized|invalid block height"
    r"|block is out of range|cannot be found|header not found|unknown block|block not found"
    r"|missing trie node|pruned|not available"
)
_RATE = re.compile(
    r"rate.?limit|too many requests|quota|throttl|\b429\b|compute units|request limit|service unavailable"
)
_SLOW = re.compile(r"execution timeout|request.*timed? ?out|timeout")
_MOST_TEXT = 2_000  # characters of an error text that are looked at
_MOST_BLOCKS = 10**9  # a range above it limits nothing
_FINAL_CODES = {-32700, -32006}
_METHOD_CODES = {-32601, -32004}
_RATE_CODES = {429, -32029}


def read_error(code: int, message: str) -> Hint:
    """Return what a JSON-RPC error asks for, by its text where it has one that is known, else by its code."""
    text = message[:_MOST_TEXT].lower()
    if code in _METHOD_CODES or re.search(r"method not (found|supported)|does not exist/is not available", text):
        return Hint(NodeRefusal.METHOD)
    if code in _FINAL_CODES or "revert" in text:
        return Hint(NodeRefusal.FINAL)
    size = suggested_blocks(text)
    if size is not None:
        return Hint(NodeRefusal.RANGE, size)
    if _RATE.search(text) or code in _RATE_CODES:
        return Hint(NodeRefusal.RATE)
    if _LAG.search(text):
        return Hint(NodeRefusal.LAG)
    if _DENSE.search(text) or _SLOW.search(text) or code == -32005:
        return Hint(NodeRefusal.RANGE)
    return Hint(NodeRefusal.UNKNOWN)


def suggested_blocks(message: str) -> int | None:
    """Return the number of blocks that an error text names or is known to mean; None if there is none of use.

    Worked: `[0x10, 0x1f]` names 16 blocks, for its last one is included; `[0x0, 0xff..]` of 28 digits names none.
    """
    text = message[:_MOST_TEXT].lower()
    for pattern in _EDGES:
        if match := pattern.search(text):
            first, last = (_edge(text) for text in match.groups())
            return _usable(last - first + 1)
    for pattern in _SIZES:
        if match := pattern.search(text):
            return _usable(_to_number(match[1]))
    for pattern, blocks in _FIXED:
        if pattern.search(text):
            return blocks
    return None


def _usable(blocks: int) -> int | None:
    return max(1, blocks) if blocks <= _MOST_BLOCKS else None


def _edge(text: str) -> int:
    return int(text, 16) if text.startswith("0x") else _decimal(text)


def _to_number(text: str) -> int:
    digits = re.sub(r"[,_\s]", "", text)
    return _decimal(digits[:-1]) * 1000 if digits.endswith("k") else _decimal(digits)


def _decimal(digits: str) -> int:
    """Return a decimal number; one of more digits than any block has is only said to be large."""
    return int(digits or "0") if len(digits) <= len(str(_MOST_BLOCKS)) else _MOST_BLOCKS + 1
