"""Amounts in documents: decimal strings of base units, with token, symbol and decimals beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indexer.words.quantities import Address, to_hex
from settlement.rules.columns.units import TokenUnits

Units = Mapping[Address, TokenUnits]


def token_members(token: Address, units: Units) -> dict[str, Any]:
    """Return token, symbol and decimals; null where the token does not say them."""
    known = units.get(token)
    return {
        "token": to_hex(token),
        "symbol": (known.symbol or None) if known else None,
        "decimals": known.decimals if known else None,
    }


@dataclass(frozen=True, slots=True)
class Naming:
    """What the amounts of a document count: the network's token, and what is known of that and of others."""

    token: Address
    units: Units

    def members(self, token: Address | None = None) -> dict[str, Any]:
        """Return token, symbol and decimals; without a token those of the network's."""
        return token_members(self.token if token is None else token, self.units)
