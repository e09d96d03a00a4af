"""Parameters of requests: read strictly, refused with what to send."""

import re
from typing import Annotated

from fastapi import Path, Query
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from indexer.rules.consensus.address_checksum import read_address
from indexer.words.errors import InputError
from indexer.words.quantities import Address, Epoch, parse_address
from settlement.entry.options import MAX_EPOCH

ADDRESS_PATTERN = "^0x[0-9a-f]{40}$"
MOST_DIGITS, MOST_EPOCH_DIGITS = 38, 13
_SAID = "0x and 40 hex digits; mixed case must be the checksum of EIP-55."

AccountText = Annotated[str, Path(description=_SAID, json_schema_extra={"pattern": ADDRESS_PATTERN})]
AppText = Annotated[str, Path(description=_SAID, json_schema_extra={"pattern": ADDRESS_PATTERN})]


def _plain(text: object) -> object:
    """Return a number as it was sent; an error of pydantic for "1_0", "1.0", " 1" and the like, which it would take."""
    if isinstance(text, str) and not re.fullmatch(r"-?[0-9]{1,20}", text):
        raise PydanticCustomError("digits", "a whole number in decimal digits")
    return text


PLAIN = BeforeValidator(_plain)
"""Behind the bounds of a whole number, which its schema names."""
EpochNumber = Annotated[int, Path(ge=0, le=MAX_EPOCH, description="An epoch."), PLAIN]
EpochQuery = Annotated[
    int | None, Query(ge=0, le=MAX_EPOCH, description="An epoch; without it, all or the newest."), PLAIN
]


def address_in(text: str, where: str) -> Address:
    """Return an address; InputError says what to send."""
    try:
        return read_address(text)
    except ValueError as error:
        raise InputError("not an address", expected=str(error), got=repr(text)[:80], where=where) from error


def epoch_in(text: str) -> Epoch:
    """Return an epoch; InputError says what to send."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_EPOCH_DIGITS and int(text) <= MAX_EPOCH):
        raise InputError("an epoch cannot be read", expected="a number", got=repr(text)[:40], where="path.epoch")
    return Epoch(int(text))


def hex_in_cursor(text: str) -> bytes:
    """Return bytes that a cursor holds; InputError for what no page gave."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise wrong_cursor() from error


def digits_in_cursor(text: str) -> str:
    """Return an amount that a cursor holds; InputError for what no page gave."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise wrong_cursor()
    return text


def wrong_cursor() -> InputError:
    """Return the error for a cursor that no page of the list gave."""
    return InputError("a cursor cannot be read", expected="`next` of the page before", where="query.cursor")


def address_of_any_case(text: str, where: str) -> Address:
    """Return an address whatever its letters' case; InputError says what to send."""
    try:
        return parse_address(text)
    except ValueError as error:
        raise InputError("not an address", expected="0x and 40 hex digits", got=repr(text)[:80], where=where) from error
