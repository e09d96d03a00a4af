"""Fields of a document of `pozk allocate`, and how a ruleset names its columns there (SPEC section 9)."""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.rules.consensus.address_checksum import read_address
from indexer.words.errors import InputError
from indexer.words.quantities import AMOUNT_LIMIT


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the document and its path, for messages."""

    value: object
    path: str

    def error(self, what: str, expected: str) -> InputError:
        """Return the error that names this place."""
        return InputError(what, expected=expected, got=repr(self.value)[:80], where=self.path)

    def get(self, key: str) -> "Field":
        """Return a required field of an object."""
        if not isinstance(self.value, dict):
            raise self.error("wrong type", "an object")
        if key not in self.value:
            raise InputError("a field is missing", expected=f"the field {key!r}", where=self.path)
        return Field(self.value[key], f"{self.path}.{key}")

    def has(self, key: str) -> bool:
        """Return whether an optional field is there."""
        return isinstance(self.value, dict) and key in self.value

    def items(self) -> "list[Field]":
        """Return the items of a list."""
        if not isinstance(self.value, list):
            raise self.error("wrong type", "a list")
        return [Field(item, f"{self.path}[{place}]") for place, item in enumerate(self.value)]

    def integer(self, limit: int = AMOUNT_LIMIT) -> int:
        """Return an integer 0..limit, given as a decimal string or a JSON integer."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int):
            raise self.error("wrong type", "an integer as a string")
        text = str(self.value)
        if not (text.isascii() and text.isdigit()) or len(text) > 78 or int(text) > limit:
            raise self.error("not an integer in range", f"0..{limit}")
        return int(text)

    def address(self) -> bytes:
        """Return the 20 bytes of an address."""
        if not isinstance(self.value, str):
            raise self.error("wrong type", "an address as a string")
        try:
            return read_address(self.value)
        except ValueError as error:
            raise self.error("not an address", str(error)) from None

    def only(self, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Refuse unknown fields: a misspelt optional one would be ignored silently."""
        if not isinstance(self.value, dict):
            raise self.error("wrong type", "an object")
        unknown = sorted(set(self.value) - set(required) - set(optional))
        if unknown:
            expected = ", ".join([*required, *optional])
            raise InputError("unknown field", expected=expected, got=repr(unknown[0]), where=self.path)


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """How the documents of a ruleset name their columns; what is optional and no parameter is not read."""

    app_x: str
    app_stake: str
    miner_x: str
    parameter_keys: tuple[str, ...]
    optional_keys: tuple[str, ...] = ()
    optional_app_keys: tuple[str, ...] = ()
    app_miner_stake: str | None = None
