"""Amounts in documents and in words: base units, with the point placed where the token says that it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from indexer.words.quantities import Address, parse_address, to_hex
from settlement.rules.columns.units import TokenUnits, in_units

Units = Mapping[Address, TokenUnits]


def token_members(token: Address, units: Units) -> dict[str, Any]:
    """Return token, symbol and decimals; null where the token does not say them."""
    known = units.get(token)
    return {
        "token": to_hex(token),
        "symbol": known.symbol if known else None,
        "decimals": known.decimals if known else None,
    }


@dataclass(frozen=True, slots=True)
class ShownAmounts:
    """How a command says amounts: in base units, or under --units as the tokens themselves count.

    `network` is the token of emission and stakes; `units` holds what tokens say of themselves, None without --units.
    """

    network: Address
    units: Units | None = field(default=None)

    def say(self, amount: int, token: Address | None = None) -> str:
        """Return an amount, of the network's token by default: "1.5 POZK", or "1500 wei" where nothing is known."""
        known = self._known(token)
        return f"{amount} wei" if known is None else in_units(amount, known)

    def cell(self, amount: int, token: Address | None = None) -> int | str:
        """Return the same for a table, whose columns say what is counted: "1.5 POZK" or 1500."""
        known = self._known(token)
        return amount if known is None else in_units(amount, known)

    def change(self, amount: int, token: Address | None = None) -> str:
        """Return the same of what came or went, with its sign."""
        return f"{'+' if amount >= 0 else ''}{self.cell(amount, token)}"

    def in_brackets(self, amount: int, token: Address | None = None) -> str:
        """Return what stands beside base units: " (1.5 POZK)", nothing where nothing is known."""
        known = self._known(token)
        return "" if known is None else f" ({in_units(amount, known)})"

    @property
    def unit(self) -> str:
        """Return what is written behind a column's name: " (wei)" where its cells are digits alone."""
        return " (wei)" if self._known(None) is None else ""

    def mark(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a document that says symbol and decimals beside each token; on top the network's own stands first.

        A row whose token is null is of the network's, and says so. Amounts stay decimal strings of base units. Without
        --units it is the same document.
        """
        if self.units is None:
            return document
        marked = {name: self._marked(each) for name, each in document.items()}
        token = document.get("token")
        own = token_members(parse_address(token), self.units) if isinstance(token, str) else {}
        return token_members(self.network, self.units) | marked | own

    def _marked(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._marked(each) for each in value]
        if not isinstance(value, dict):
            return value
        rows = {name: self._marked(each) for name, each in value.items()}
        if "token" not in rows:
            return rows
        token = self.network if rows["token"] is None else parse_address(rows["token"])
        return rows | token_members(token, self.units or {})

    def _known(self, token: Address | None) -> TokenUnits | None:
        return None if self.units is None else self.units.get(self.network if token is None else token)
