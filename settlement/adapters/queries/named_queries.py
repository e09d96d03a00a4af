"""The named queries: what each shows, its parameters, and how they are given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.rules.consensus.address_checksum import read_address
from indexer.words.errors import InputError
from settlement.rules.questions.near_names import no_such
from sql import list_sql, load_sql

_PARAMETER = re.compile(r"\$([a-z_]+)")
_ADDRESS, _NUMBER = re.compile(r"0[xX][0-9a-fA-F]{40}"), re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query of sql/analytics: what its rows are, and what must be given."""

    name: str
    about: str
    parameters: tuple[str, ...]
    text: str


def list_named_queries() -> list[NamedQuery]:
    """Return the named queries by name."""
    return [_read(name) for name in list_sql("analytics")]


def read_query(statement: str, given: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Return the text of a named query or of an SQL statement, and its parameters; InputError where one is wrong.

    `given` are `NAME=VALUE`: a number is one, an address is checked and becomes lower case, all else is text.
    """
    params = dict(_parameter(each) for each in given)
    if any(character.isspace() for character in statement.strip()):
        return statement, params  # the database knows what it lacks
    named = {query.name: query for query in list_named_queries()}
    if statement.strip() not in named:
        raise no_such("no such query", statement, list(named), remedy="`pozk query` lists them; or write SQL")
    found = named[statement.strip()]
    lacking = [name for name in found.parameters if name not in params]
    surplus = [name for name in params if name not in found.parameters]
    if lacking or surplus:
        takes = " ".join(f"--param {name}=.." for name in found.parameters) or "no parameter"
        got = f"no {lacking[0]}" if lacking else surplus[0]
        raise InputError(f"the parameters do not fit {found.name}", expected=takes, got=got, where="--param")
    return found.text, params


def _read(path: str) -> NamedQuery:
    text = load_sql(path)
    lines = [line.removeprefix("--").strip() for line in text.splitlines() if line.startswith("--")]
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    about = " ".join(lines).removeprefix("Grain: ")
    return NamedQuery(path.rsplit("/", 1)[1], about, tuple(dict.fromkeys(_PARAMETER.findall(code))), text)


def _parameter(given: str) -> tuple[str, object]:
    name, separator, value = given.partition("=")
    if not separator or not re.fullmatch(r"[a-z_]+", name):
        raise InputError("a parameter cannot be read", expected="NAME=VALUE", got=repr(given), where="--param")
    if _NUMBER.fullmatch(value):
        return name, int(value)
    if _ADDRESS.fullmatch(value):
        return name, _address(name, value)
    return name, value


def _address(name: str, value: str) -> str:
    try:
        return "0x" + read_address(value).hex()
    except ValueError as error:
        raise InputError("not an address", expected=str(error), got=repr(value), where=f"--param {name}") from error
