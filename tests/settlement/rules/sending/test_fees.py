import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.sending.fees import bumped_fees, first_fees
from settlement.words.intents import FeeMarket, Fees

WEI = st.integers(0, 10**13)


@pytest.mark.parametrize(
    ("market", "cap", "fees"),
    [
        (FeeMarket(7, 2), 100, Fees(16, 2)),
        (FeeMarket(7, 2), 12, Fees(12, 2)),
        (FeeMarket(7, 2), 6, None),
        (FeeMarket(None, 9), 100, Fees(9, None)),
        (FeeMarket(None, 9), 8, None),
        (FeeMarket(1, 50), 10, Fees(10, 10)),
    ],
)
def test_first_fees__market_and_cap__twice_the_base_fee_and_the_tip_within_the_cap(market, cap, fees):
    assert first_fees(market, cap) == fees


@given(st.builds(FeeMarket, WEI, WEI), st.builds(FeeMarket, WEI, WEI), WEI)
def test_bumped_fees__any_market__above_what_nodes_ask_and_never_above_the_cap(before, after, cap):
    tried = first_fees(before, cap)
    bumped = None if tried is None else bumped_fees(tried, after, cap)
    if bumped is None:
        return
    assert 10 * bumped.max_fee_wei >= 11 * tried.max_fee_wei
    assert 10 * bumped.tip_wei >= 11 * tried.tip_wei
    assert bumped.tip_wei <= bumped.max_fee_wei <= cap
    assert bumped.max_fee_wei > tried.max_fee_wei
    assert bumped.max_fee_wei >= min(cap, 2 * after.base_fee_wei)


def test_bumped_fees__no_room_below_the_cap__none():
    assert bumped_fees(Fees(100, 2), FeeMarket(7, 2), 112) is None
    assert bumped_fees(Fees(100, 2), FeeMarket(7, 2), 113) == Fees(113, 3)


def test_bumped_fees__chain_without_base_fee__a_higher_price():
    assert bumped_fees(Fees(100, None), FeeMarket(None, 9), 1000) == Fees(113, None)
