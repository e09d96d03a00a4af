"""The file of opening balances, as the wiring tells the chain of it: its sha256, and the sum of each token."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from eth_typing import HexStr
from web3 import Web3

from indexer.words.errors import InputError

_ADDRESS_BYTES, _ROW_BYTES = 20, 72


@dataclass(frozen=True, slots=True)
class Opening:
    """What a file of opening balances adds up to: wei by token, ascending, and the file's sha256."""

    sha256: bytes
    sums: tuple[tuple[str, int], ...]


def encode_opening(rows: Iterable[tuple[str, str, int]]) -> bytes:
    """Return the file of (token, account, amount) rows: 20, 20 and 32 bytes each, ascending; no pair twice."""
    packed = (
        Web3.to_bytes(hexstr=HexStr(token + account[2:])) + amount.to_bytes(32) for token, account, amount in rows
    )
    return b"".join(sorted(packed))


def read_opening(path: Path) -> Opening:
    """Return what a file adds up to; InputError where it cannot be read or is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError("unreadable file of opening balances", got=str(error.strerror), where=str(path)) from error
    rows = [content[place : place + _ROW_BYTES] for place in range(0, len(content), _ROW_BYTES)]
    if not rows or len(rows[-1]) < _ROW_BYTES or not _is_ascending(rows) or not all(any(row[40:]) for row in rows):
        raise InputError(
            "not a file of opening balances",
            expected="rows token | account | amount of 72 bytes, ascending, one for each pair, amounts above 0",
            got=f"{len(content)} bytes",
            where=str(path),
        )
    sums: dict[str, int] = {}
    for row in rows:
        token = Web3.to_checksum_address(row[:_ADDRESS_BYTES])
        sums[token] = sums.get(token, 0) + int.from_bytes(row[40:])
    return Opening(hashlib.sha256(content).digest(), tuple(sums.items()))


def _is_ascending(rows: list[bytes]) -> bool:
    return all(row[:40] < after[:40] for row, after in pairwise(rows))
