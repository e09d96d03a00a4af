"""What the header of a named query says: what it shows, its grain, its parameters with their types, its plot."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indexer.words.errors import InputError

NEWEST = 2**62
"""An epoch beyond all others."""
_DEFAULTS: Mapping[str, object] = {"any": "", "newest": NEWEST}
_MEMBER = re.compile(r"(What|Grain|Parameter|Plot|Column): (.*)")
_PARAMETER = re.compile(r"(?P<name>[a-z_]+) (?P<type>[a-z0-9_|]+)(?: = (?P<default>\w+))?: (?P<says>.+)")
_PLOT = re.compile(r"(?P<kind>bar|line) x=(?P<x>\w+) y=(?P<y>\w+)(?: by=(?P<by>\w+))?")
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: `sql_type` is address, epoch, count, or its words divided by bars.

    `default` is None if it must be given.
    """

    name: str
    sql_type: str
    default: str | None
    says: str

    def read(self, text: str) -> object:
        """Return the value of a text; InputError says what is wanted."""
        if text in _DEFAULTS and text == self.default:
            return _DEFAULTS[text]
        if "|" in self.sql_type:
            if text not in self.sql_type.split("|"):
                raise self._wrong(self.sql_type.replace("|", " or "), text)
            return text
        return _READERS[self.sql_type](self, text)

    def _wrong(self, expected: str, got: str) -> InputError:
        what = "not an address" if self.sql_type == "address" else "a parameter has another type"
        return InputError(what, expected=expected, got=repr(got), where=f"--param {self.name}")

    def read_address(self, text: str) -> str:
        """Return an address in lower case; its checksum is held if it has one."""
        from indexer.rules.consensus.address_checksum import read_address  # which is no light import

        try:
            return "0x" + read_address(text).hex()
        except ValueError as error:
            raise self._wrong(str(error), text) from error

    def read_number(self, text: str) -> int:
        """Return a number of at most 18 digits."""
        if not _NUMBER.fullmatch(text):
            raise self._wrong("a number of at most 18 digits", text)
        return int(text)


_READERS: Mapping[str, Callable[[Parameter, str], object]] = {
    "address": Parameter.read_address,
    "epoch": Parameter.read_number,
    "count": Parameter.read_number,
}


@dataclass(frozen=True, slots=True)
class Plot:
    """How rows are drawn: bars or lines of the columns `x` and `y`, a series for each value of `by`."""

    kind: str
    x: str
    y: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What the comment lines above a statement say."""

    what: str
    grain: str
    parameters: tuple[Parameter, ...]
    plot: Plot | None
    columns: Mapping[str, str]


def parse_header(text: str) -> Header:
    """Return the header of a file of SQL: lines `-- What: ..`, `-- Grain: ..`, `-- Parameter: name type = default: ..`,
    `-- Plot: bar x=.. y=.. by=..`, `-- Column: name: ..`; other comment lines go on with the one before."""
    members: list[list[str]] = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        words = line.removeprefix("--").strip()
        found = _MEMBER.fullmatch(words)
        if found:
            members.append([found[1], found[2]])
        elif members:
            members[-1][1] += f" {words}"
    said = {name: value for name, value in members if name in ("What", "Grain")}
    plots = [Plot(**_matched(_PLOT, value)) for name, value in members if name == "Plot"]
    columns = dict(value.split(": ", 1) for name, value in members if name == "Column")
    parameters = [_parameter(value) for name, value in members if name == "Parameter"]
    return Header(said.get("What", ""), said.get("Grain", ""), tuple(parameters), plots[0] if plots else None, columns)


def _parameter(value: str) -> Parameter:
    found = _matched(_PARAMETER, value)
    return Parameter(found["name"], found["type"], found["default"], found["says"])


def _matched(pattern: re.Pattern[str], value: str) -> dict[str, str]:
    found = pattern.fullmatch(value)
    if found is None:
        raise ValueError(f"a header cannot be read: {value!r}, expected {pattern.pattern}")
    return found.groupdict()
