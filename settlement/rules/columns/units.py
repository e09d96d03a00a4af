"""Amounts for people: base units with the point placed where a token has it. Digits are cut, nothing is divided."""

from dataclasses import dataclass

MOST_DECIMALS = 255
"""As many as a uint8 says."""


@dataclass(frozen=True, slots=True)
class TokenUnits:
    """What a token calls itself, and how many digits stand behind its point."""

    symbol: str
    decimals: int


def place_point(amount: int, decimals: int) -> str:
    """Return an amount of base units in whole tokens.

    Worked: 1500 with 3 decimals is "1.5", 5 with 3 is "0.005", 2000 with 3 is "2".
    """
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return ("-" if amount < 0 else "") + whole + (f".{fraction}" if fraction else "")


def in_units(amount: int, units: TokenUnits) -> str:
    """Return an amount as people say it, e.g. "1.5 POZK"; a token without a symbol has its number alone."""
    return f"{place_point(amount, units.decimals)} {units.symbol}".rstrip()
