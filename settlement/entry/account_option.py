"""Accounts as users type them."""

from typing import Annotated

import typer

from indexer.words.errors import InputError
from indexer.words.quantities import Address

AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account: 0x and 40 hex digits.")]


def read_account(text: str, where: str) -> Address:
    """Return an address typed by a user; InputError names the place."""
    from indexer.rules.consensus.address_checksum import read_address

    try:
        return read_address(text)
    except ValueError as error:
        raise InputError("not an address", expected=str(error), got=repr(text), where=where) from error
