"""Readers of single configuration values, from TOML or from text; a ValueError says what was expected."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from indexer.rules.consensus.address_checksum import read_address as read_typed_address
from indexer.rules.nodes.node_address import parse_node_address
from indexer.words.blocks import BlockRef
from indexer.words.contracts import ContractSpan
from indexer.words.finality import FINALIZED, TAG, Finality
from indexer.words.levels import Level, parse_level
from indexer.words.quantities import Address, BlockNumber, parse_hash
from settlement.rules.columns.strict_json import read_json


def read_text(value: Any) -> str:
    """Return a string as it is."""
    if not isinstance(value, str):
        raise ValueError("a string")
    return value


def read_count(value: Any) -> int:
    """Return a whole number from 0 to 2^63 - 1, also from decimal text: what a database's integer holds."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError("a whole number from 0 to 2^63 - 1")
    return value


def read_positive(value: Any) -> int:
    """Return a whole number >= 1."""
    number = read_count(value)
    if number == 0:
        raise ValueError("a whole number >= 1")
    return number


def read_path(value: Any) -> str:
    """Return the path of a file or folder."""
    text = read_text(value)
    if not text or not text.isprintable():
        raise ValueError("a path of printable characters")
    return text


def read_seconds(value: Any) -> int:
    """Return a moment or a duration in whole seconds that arithmetic stays exact with."""
    number = read_count(value)
    if number >= 2**48:
        raise ValueError("a whole number of seconds below 2^48")
    return number


def read_length(value: Any) -> int:
    """Return a duration of at least one second."""
    number = read_seconds(value)
    if number == 0:
        raise ValueError("a whole number of seconds >= 1")
    return number


def read_urls(value: Any) -> tuple[str, ...]:
    """Return one or more http(s) addresses, from a list or from text with commas."""
    urls = value.split(",") if isinstance(value, str) else value
    if not isinstance(urls, list | tuple) or not urls or not all(isinstance(url, str) for url in urls):
        raise ValueError("a list of one or more http:// or https:// addresses")
    found = tuple(url.strip() for url in urls)
    for url in found:
        parse_node_address(url)
    return found


def read_host(value: Any) -> str:
    """Return a name or address that a server listens at."""
    text = read_text(value)
    if not re.fullmatch(r"[A-Za-z0-9.:\-]+", text):
        raise ValueError("a host name or an IP address")
    return text


def read_port(value: Any) -> int:
    """Return a TCP port, 0 for any that is free."""
    port = read_count(value)
    if port > 65535:
        raise ValueError("a port from 0 to 65535")
    return port


def read_origins(value: Any) -> tuple[str, ...]:
    """Return origins of pages, "*" for any, from a list or from text with commas."""
    entries = [each for each in value.split(",") if each.strip()] if isinstance(value, str) else value
    if not isinstance(entries, list | tuple) or not all(isinstance(each, str) for each in entries):
        raise ValueError('a list of origins, "https://host" or "https://host:port", or "*"')
    found = tuple(each.strip() for each in entries)
    if not all(each == "*" or re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", each) for each in found):
        raise ValueError('a list of origins, "https://host" or "https://host:port", or "*"')
    return found


def read_public_urls(value: Any) -> tuple[str, ...]:
    """Return http(s) addresses that anybody may know, from a list or from text with commas; none is fine."""
    if value in ("", (), []):
        return ()
    found = read_urls(value)
    if any(parse_node_address(url).has_secret for url in found):
        raise ValueError("addresses without user, password or key")
    return found


def read_finality(value: Any) -> Finality:
    """Return which block is final, from "finalized" or a number of confirmations in blocks."""
    if value == TAG:
        return FINALIZED
    try:
        return Finality(read_count(value))
    except ValueError:
        raise ValueError('"finalized" or a number of confirmations') from None


def read_verify(value: Any) -> Level:
    """Return how completeness of logs is proven, from receipts, bloom, none or quorum:N with N below 100."""
    if isinstance(value, str) and re.fullmatch(r"receipts|bloom|none|quorum:[1-9][0-9]?", value):
        return parse_level(value)
    raise ValueError("receipts, bloom, none or quorum:N")


def read_switch(value: Any) -> bool:
    """Return true or false, also from these words."""
    found = {"true": True, "false": False}.get(value) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ValueError("true or false")
    return found


def read_checkpoints(value: Any) -> tuple[BlockRef, ...]:
    """Return blocks that must lie on the chain, ascending, from a list of "NUMBER:0xHASH" or from text with commas."""
    entries = [each for each in value.split(",") if each.strip()] if isinstance(value, str) else value
    if not isinstance(entries, list | tuple):
        raise ValueError('a list of "NUMBER:0xHASH"')
    found = sorted((_checkpoint(entry) for entry in entries), key=lambda block: block.number)
    if len({block.number for block in found}) < len(found):
        raise ValueError("checkpoints of different heights")
    return tuple(found)


def _checkpoint(entry: Any) -> BlockRef:
    number, _, block_hash = entry.strip().partition(":") if isinstance(entry, str) else ("", "", "")
    try:
        return BlockRef(BlockNumber(read_count(number)), parse_hash(block_hash))
    except ValueError:
        raise ValueError('a list of "NUMBER:0xHASH"') from None


def read_address(value: Any) -> Address:
    """Return 20 bytes from a 0x-prefixed hex address other than zero."""
    if not isinstance(value, str):
        raise ValueError("an address: 0x and 40 hex digits")
    address = read_typed_address(value)
    if not any(address):
        raise ValueError("an address other than zero")
    return address


def read_optional_address(value: Any) -> Address | None:
    """Return an address, None for an empty text."""
    return None if value == "" else read_address(value)


def read_signer_url(value: Any) -> str:
    """Return the address of a signer, http:// or https://, or an empty text."""
    if value != "":
        parse_node_address(read_text(value))
    return str(value)


def read_places(value: Any) -> tuple[str, ...]:
    """Return folders or URLs, from a list or from text with commas."""
    places = value.split(",") if isinstance(value, str) else value
    if not isinstance(places, list | tuple) or not all(isinstance(each, str) and each.isprintable() for each in places):
        raise ValueError("a list of folders or URLs")
    return tuple(each.strip() for each in places if each.strip())


def read_batch(value: Any) -> int:
    """Return a whole number from 1 to 200."""
    number = read_positive(value)
    if number > 200:
        raise ValueError("a whole number from 1 to 200")
    return number


def read_hour(value: Any) -> int:
    """Return an hour of the day, 0 to 23."""
    hour = read_count(value)
    if hour > 23:
        raise ValueError("a whole number from 0 to 23")
    return hour


def read_wei(value: Any) -> int:
    """Return an amount from 0 to 10^38 - 1, also from decimal text."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,38}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**38:
        raise ValueError("a whole number of wei below 10^38")
    return value


def read_prices(value: Any) -> Mapping[Address, int]:
    """Return wei for 10^18 base units by token, from a list of "0xTOKEN:WEI" or from text with commas."""
    entries = [each for each in value.split(",") if each.strip()] if isinstance(value, str) else value
    if not isinstance(entries, list | tuple):
        raise ValueError('a list of "0xTOKEN:WEI"')
    found = dict(_price(entry) for entry in entries)
    if len(found) < len(entries):
        raise ValueError("one price for each token")
    return found


def _price(entry: Any) -> tuple[Address, int]:
    token, _, price = entry.strip().partition(":") if isinstance(entry, str) else ("", "", "")
    try:
        return read_address(token), read_wei(price)
    except ValueError as error:
        raise ValueError(f'a list of "0xTOKEN:WEI", with {error}') from None


def read_contracts(value: Any) -> tuple[ContractSpan, ...]:
    """Return one address, or a list of {address, from_block} where a contract was replaced (as text: JSON)."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _read_json(value)
    if isinstance(value, str):
        return (ContractSpan(read_address(value), BlockNumber(0)),)
    if not isinstance(value, list) or not value:
        raise ValueError("an address or a list of {address, from_block}")
    entries = []
    for entry in value:
        if not isinstance(entry, dict) or not entry.keys() <= {"address", "from_block"}:
            raise ValueError("a list of {address, from_block}")
        entries.append(
            ContractSpan(read_address(entry.get("address")), BlockNumber(read_count(entry.get("from_block", 0))))
        )
    if [entry.from_block for entry in entries] != sorted({entry.from_block for entry in entries}):
        raise ValueError("a list of {address, from_block} with ascending from_block")
    return tuple(entries)


def _read_json(text: str) -> Any:
    """Return what JSON says."""
    try:
        return read_json(text.encode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise ValueError(f"JSON: {error}") from None


def read_spark_config(value: Any) -> dict[str, str]:
    """Return settings of Spark by name, from a table, from "name=value" texts, or from text with commas or JSON."""
    if isinstance(value, str):
        value = _read_json(value) if value.lstrip().startswith("{") else [each for each in value.split(",") if each]
    pairs = value.items() if isinstance(value, dict) else [_pair(each) for each in value] if _is_pairs(value) else None
    expected = 'a table of settings, or a list of "spark.name=value"'
    if pairs is None:
        raise ValueError(expected)
    found = {name: str(each).lower() if isinstance(each, bool) else str(each) for name, each in pairs}
    if not all(re.fullmatch(r"spark\.[A-Za-z0-9._-]+", name) for name in found) or len(found) < len(pairs):
        raise ValueError(f"{expected}, each named once")
    if not all(isinstance(each, str | int) for _, each in pairs):
        raise ValueError(f"{expected}: texts, whole numbers, true or false")
    return found


def _is_pairs(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) and "=" in each for each in value)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def read_private_key(value: Any) -> str:
    """Return "" or 0x and 64 hex digits."""
    if value == "" or (isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{64}", value)):
        return str(value)
    raise ValueError("a private key: 0x and 64 hex digits")


def one_of(*choices: str) -> Callable[[Any], str]:
    """Return a reader that accepts just these words."""

    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(" or ".join(choices))
        return str(value)

    return read
