"""The miners' vesting amounts, which no event tells, as a file states them: `block,account,amount,end` a line."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.rules.consensus.address_checksum import read_address
from indexer.words.errors import InputError
from indexer.words.quantities import AMOUNT_LIMIT, Address

COLUMNS = ("block", "account", "amount", "end")
TRANSACTIONS = "transaction"
"""The head of a file that names the transactions which set them, a hash a line, in place of the amounts."""
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_NUMBER = re.compile(r"[0-9]{1,38}")


@dataclass(frozen=True, slots=True)
class VestingAmount:
    """What counts as a miner's stake beside its own from the end of a block on, in wei, before `end` (0: for ever)."""

    block: int
    account: Address
    amount: int
    end: int


def amount_after(rows: Sequence[VestingAmount], account: Address, now: int) -> int:
    """Return what counts for an account after rows in the order of the chain, at a time in seconds since 1970."""
    newest = next((row for row in reversed(rows) if row.account == account), None)
    return 0 if newest is None or 0 < newest.end <= now else newest.amount


def read_transactions(content: bytes, where: str) -> Sequence[str] | None:
    """Return the hashes that a file names, None where it states amounts; InputError naming the line at fault."""
    lines = _lines(content, where)
    if not lines or [cell.strip() for cell in lines[0]] != [TRANSACTIONS]:
        return None
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != 1 or not _HASH.fullmatch(line[0].strip()):
            expected = "0x and 64 hex digits"
            at = f"{where}, line {number}"
            raise InputError("a transaction is malformed", expected=expected, got=",".join(line), where=at)
    return list(dict.fromkeys(line[0].strip().lower() for line in lines[1:]))


def read_vesting(content: bytes, where: str) -> Sequence[VestingAmount]:
    """Return the rows of a file; InputError naming the line at fault. A file of no row says that there are none."""
    lines = _lines(content, where)
    if not lines or tuple(name.strip() for name in lines[0]) != COLUMNS:
        got = ",".join(lines[0]) if lines else "nothing"
        raise InputError("the vesting amounts have another head", expected=",".join(COLUMNS), got=got, where=where)
    return [_row(line, f"{where}, line {number}") for number, line in enumerate(lines[1:], start=2)]


def _lines(content: bytes, where: str) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("the vesting amounts are no text", expected="UTF-8", got=str(error), where=where) from error
    return [line for line in csv.reader(io.StringIO(text)) if line]


def _row(line: list[str], where: str) -> VestingAmount:
    if len(line) != len(COLUMNS):
        raise InputError("a line is malformed", expected=",".join(COLUMNS), got=",".join(line), where=where)
    block, account, amount, end = (cell.strip() for cell in line)
    for name, value in (("block", block), ("amount", amount), ("end", end)):
        if not _NUMBER.fullmatch(value) or int(value) > (AMOUNT_LIMIT if name == "amount" else 2**63 - 1):
            raise InputError(f"{name} is malformed", expected="a whole number", got=value, where=where)
    try:
        return VestingAmount(int(block), read_address(account), int(amount), int(end))
    except ValueError as error:
        raise InputError("account is malformed", expected=str(error), got=account, where=where) from error
