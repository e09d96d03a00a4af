"""What a transaction offers for gas, and what one that replaces it must offer."""

from settlement.words.intents import FeeMarket, Fees

BUMP_PERCENT = 13
"""Nodes ask for 10 to 12.5 percent more of a replacement, in both fees."""


def first_fees(market: FeeMarket, cap_wei: int) -> Fees | None:
    """Return the fees of a first transaction, None where the cap is below what the chain asks for now.

    Worked: base fee 7, tip 2, cap 100: at most 16, which two full blocks of growth do not outrun; cap 12: at most 12.
    """
    if market.base_fee_wei is None:
        return Fees(market.tip_wei, None) if market.tip_wei <= cap_wei else None
    if market.base_fee_wei > cap_wei:
        return None
    most = min(2 * market.base_fee_wei + market.tip_wei, cap_wei)
    return Fees(most, min(market.tip_wei, most))


def bumped_fees(tried: Fees, market: FeeMarket, cap_wei: int) -> Fees | None:
    """Return the fees of a replacement, None where it would pass the cap.

    They are above those tried by what nodes ask for, and never below those of a first transaction now.
    """
    least = _bump(tried.max_fee_wei)
    if least > cap_wei:
        return None
    wanted = first_fees(market, cap_wei) or Fees(cap_wei, tried.tip_wei)
    most = max(least, wanted.max_fee_wei)
    if tried.tip_wei is None:
        return Fees(most, None)
    tip = max(_bump(tried.tip_wei), wanted.tip_wei or 0)
    return Fees(max(most, min(tip, cap_wei)), min(tip, max(most, min(tip, cap_wei))))


def _bump(fee_wei: int) -> int:
    """Return a fee that replaces another, rounded up; 0 is replaced by 1."""
    return max(fee_wei + 1, -(-fee_wei * (100 + BUMP_PERCENT) // 100))
