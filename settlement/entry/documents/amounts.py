"""Amounts in documents: decimal strings of base units, with token, symbol and decimals beside them."""

from collections.abc import Mapping
from typing import Any

from indexer.words.quantities import Address, to_hex
from settlement.rules.columns.units import TokenUnits

Units = Mapping[Address, TokenUnits]


def token_members(token: Address, units: Units) -> dict[str, Any]:
    """Return token, symbol and decimals; null where the token does not say them."""
    known = units.get(token)
    return {
        "token": to_hex(token),
        "symbol": known.symbol if known else None,
        "decimals": known.decimals if known else None,
    }
