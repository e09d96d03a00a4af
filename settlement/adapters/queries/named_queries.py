"""The named queries: what each shows, its parameters, and how they are given."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from indexer.rules.consensus.address_checksum import read_address
from indexer.words.errors import InputError
from settlement.rules.questions.near_names import no_such
from settlement.rules.questions.query_header import Header, Parameter, parse_header
from sql import list_sql, load_sql

_ADDRESS, _NUMBER = re.compile(r"0[xX][0-9a-fA-F]{40}"), re.compile(r"[0-9]{1,18}")
_STEP = re.compile(r"\{(?P<folder>[a-z]+)\.(?P<step>[a-z_]+)(?P<put>(?:\s+[a-z_]+ = [^\n}]+)*)\s*\}")
_NAMED = re.compile(r"\$([a-z_]+)")
_PUT = re.compile(r"([a-z_]+) = ([^\n}]+)")


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query of sql/analytics. In its text `{serve.leaders ..}` stands for a step of the protocol, which `pozk serve`
    reads as well; each further line in the braces puts an expression in the place of one of the step's parameters."""

    name: str
    header: Header
    text: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Return what may be given."""
        return self.header.parameters

    @property
    def steps(self) -> tuple[str, ...]:
        """Return the protocol's steps that it reads."""
        return tuple(f"{found['folder']}/{found['step']}" for found in _STEP.finditer(self.text))

    def expand(self, text_of_step: Callable[[str], str]) -> str:
        """Return the statement with its steps written out."""

        def written(found: re.Match[str]) -> str:
            lines = text_of_step(f"{found['folder']}/{found['step']}").splitlines()
            text = "\n".join(line for line in lines if not line.startswith("--"))
            puts = {name: f"({expression.strip()})" for name, expression in _PUT.findall(found["put"])}
            text = _NAMED.sub(lambda named: puts.get(named[1], named[0]), text)
            return f"(\n{text.strip()}\n)"

        return _STEP.sub(written, self.text)


def list_named_queries() -> list[NamedQuery]:
    """Return the named queries by name."""
    return [_read(name) for name in list_sql("analytics")]


def find_query(name: str) -> NamedQuery:
    """Return a named query; InputError naming near ones where there is none."""
    named = {query.name: query for query in list_named_queries()}
    if name.strip() not in named:
        raise no_such("no such query", name, list(named), remedy="`pozk query --list` tells them; or write SQL")
    return named[name.strip()]


def is_name(statement: str) -> bool:
    """Return whether what is asked is a name, not SQL."""
    return not any(character.isspace() for character in statement.strip())


def read_parameters(query: NamedQuery, given: Mapping[str, str]) -> dict[str, object]:
    """Return the values of a query's parameters, defaults where none is given; InputError where one is wrong."""
    known = {each.name for each in query.parameters}
    lacking = [each.name for each in query.parameters if each.default is None and each.name not in given]
    surplus = [name for name in given if name not in known]
    if lacking or surplus:
        takes = " ".join(f"--param {_shown(each)}" for each in query.parameters) or "no parameter"
        got = f"no {lacking[0]}" if lacking else surplus[0]
        remedy = f"see `pozk query --describe {query.name}`, and `pozk query --help` for options"
        raise InputError(
            f"the parameters do not fit {query.name}", expected=takes, got=got, where="--param", remedy=remedy
        )
    return {each.name: each.read(given.get(each.name, each.default or "")) for each in query.parameters}


def read_values(given: Mapping[str, str]) -> dict[str, object]:
    """Return the values of an SQL statement's parameters: a number is one, an address is checked and becomes lower
    case, all else is text."""
    return {name: _value(name, text) for name, text in given.items()}


def split_parameters(given: Sequence[str]) -> dict[str, str]:
    """Return `NAME=VALUE` by name; InputError for one that cannot be read or is given twice."""
    found: dict[str, str] = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator or not re.fullmatch(r"[a-z_]+", name) or name in found:
            expected = "NAME=VALUE, each name once"
            raise InputError("a parameter cannot be read", expected=expected, got=repr(each), where="--param")
        found[name] = value
    return found


def split_options(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """Return `--name value` and `--name=value` as `NAME=VALUE`; InputError for anything else, naming near `options`."""
    found, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        name, separator, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not (separator or rest):
            raise no_such("no such option, or a parameter without a value", word, options)
        found.append(f"{name.replace('-', '_')}={value if separator else rest.pop(0)}")
    return found


def _shown(parameter: Parameter) -> str:
    return f"{parameter.name}={'..' if parameter.default is None else parameter.default}"


def _read(path: str) -> NamedQuery:
    text = load_sql(path)
    return NamedQuery(path.rsplit("/", 1)[1], parse_header(text), text)


def _value(name: str, text: str) -> object:
    if _NUMBER.fullmatch(text):
        return int(text)
    if not _ADDRESS.fullmatch(text):
        return text
    try:
        return "0x" + read_address(text).hex()
    except ValueError as error:
        raise InputError("not an address", expected=str(error), got=repr(text), where=f"--param {name}") from error
