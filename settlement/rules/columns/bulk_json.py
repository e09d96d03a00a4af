"""Lists of JSON objects to columns in bulk; None where a value is not plain, so that a careful reader names it."""

import binascii
from collections.abc import Sequence

import numpy as np

from settlement.rules.columns.conversions import Addresses, Amounts, amounts_from_ints, no_addresses, no_amounts

MOST_DIGITS = 38
"""Amounts of at most so many digits are in range."""


def column_of(
    rows: Sequence[object], keys: tuple[str, ...], optional: tuple[str, ...] = ()
) -> list[list[object]] | None:
    """Return the values of each key, row by row; None unless every row is an object of these keys alone."""
    allowed, required = {*keys, *optional}, set(keys)
    if any(type(row) is not dict or not required <= row.keys() <= allowed for row in rows):
        return None
    return [[row[key] for row in rows] for key in keys]  # type: ignore[index]


def addresses_in_bulk(values: Sequence[object]) -> Addresses | None:
    """Return 0x-prefixed strings of 40 hex digits as a column; None if one is anything else, or has a checksum."""
    if not values:
        return no_addresses()
    if any(type(value) is not str or len(value) != 42 or not value.startswith(("0x", "0X")) for value in values):
        return None
    text = "".join(values)  # type: ignore[arg-type]
    if not text.isascii():
        return None
    digits = np.frombuffer(text.encode("ascii"), dtype=np.uint8).reshape(-1, 42)[:, 2:]
    if (((digits >= ord("a")).any(axis=1)) & ((digits >= ord("A")) & (digits <= ord("F"))).any(axis=1)).any():
        return None  # letters of both cases are a checksum (EIP-55), which is looked at one by one
    try:
        flat = binascii.unhexlify(digits.tobytes())
    except binascii.Error:
        return None
    return np.frombuffer(flat, dtype=np.uint8).reshape(-1, 20)


def amounts_in_bulk(values: Sequence[object]) -> Amounts | None:
    """Return decimal strings of at most 38 digits as a column; None if one is anything else."""
    if not values:
        return no_amounts()
    if any(type(value) is not str or not 0 < len(value) <= MOST_DIGITS for value in values):
        return None
    text = "".join(values)  # type: ignore[arg-type]
    if not (text.isascii() and text.isdigit()):
        return None
    return amounts_from_ints(map(int, values))  # type: ignore[arg-type]
