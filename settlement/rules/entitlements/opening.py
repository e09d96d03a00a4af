"""The file of opening balances: what a network that moves here owes from before (SPEC section 7)."""

import hashlib

import numpy as np

from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import ZERO_HASH, Address, to_hex
from settlement.rules.columns.conversions import amounts_from_words, no_addresses, no_amounts, sum_amounts
from settlement.rules.columns.ordering import distinct_rows, is_ascending, is_row
from settlement.rules.entitlements.ledger import Credits
from settlement.rules.facts.epoch_facts import OpeningSum

ROW_BYTES = 72
"""`token 20 | account 20 | amount 32`, numbers big-endian."""

REMEDY = "set settlement.opening to the network's file of opening balances"


def no_opening() -> Credits:
    """Return no opening balances."""
    return Credits(no_addresses(), no_addresses(), no_amounts())


def parse_opening(named: tuple[OpeningSum, ...], content: bytes | None, where: str) -> Credits:
    """Return the rows of the file that the chain names, none if it names none; `where` is the file.

    InputError if the file is missing or another one; UnsoundError if the chain names a file that is not what it says.
    """
    if not named:
        return no_opening()
    _verify_named(named)
    expected = f"the file with sha256 {to_hex(named[0].sha256)}"
    if content is None:
        raise InputError(
            "the file of opening balances is missing", expected=expected, got="none", where=where, remedy=REMEDY
        )
    got = hashlib.sha256(content).digest()
    if got != named[0].sha256:
        what = "the file of opening balances is another one"
        raise InputError(what, expected=expected, got=to_hex(got), where=where, remedy=REMEDY)
    rows = _parse_rows(content, where)
    _verify_sums(named, rows, where)
    return rows


def _verify_named(named: tuple[OpeningSum, ...]) -> None:
    files, tokens = {row.sha256 for row in named}, {row.token for row in named}
    if len(files) != 1 or len(tokens) != len(named) or ZERO_HASH in files:
        raise UnsoundError(
            "the OpeningAdded of the network contradict each other",
            expected="one file, each token once",
            got=", ".join(f"{to_hex(row.token)} in {to_hex(row.sha256)}" for row in named),
        )


def _parse_rows(content: bytes, where: str) -> Credits:
    rows = np.frombuffer(content[: len(content) // ROW_BYTES * ROW_BYTES], dtype=np.uint8).reshape(-1, ROW_BYTES)
    credits_ = Credits(rows[:, :20], rows[:, 20:40], amounts_from_words(rows[:, 40:]))
    is_sorted = is_ascending(credits_.token, credits_.account)
    if len(content) % ROW_BYTES or not is_sorted or not credits_.amount.any(axis=1).all():
        raise UnsoundError(
            "the file of opening balances is malformed",
            expected="rows token | account | amount of 72 bytes, ascending, one for each pair, amounts above 0",
            got=f"{len(content)} bytes",
            where=where,
        )
    return credits_


def _verify_sums(named: tuple[OpeningSum, ...], rows: Credits, where: str) -> None:
    held = {Address(token): sum_amounts(rows.amount[is_row(rows.token, token)]) for token in distinct_rows(rows.token)}
    expected = {row.token: row.amount for row in named}
    for token in sorted(expected.keys() | held.keys()):
        if expected.get(token, 0) != held.get(token, 0):
            raise UnsoundError(
                f"the opening balances of token {to_hex(token)} are not what the chain says",
                expected=str(expected.get(token, 0)),
                got=str(held.get(token, 0)),
                where=where,
            )
