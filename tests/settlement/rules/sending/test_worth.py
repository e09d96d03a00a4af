import pytest

from settlement.rules.sending.worth import Worth

TOKEN, OTHER = b"\x01" * 20, b"\x02" * 20
GWEI = 10**9


@pytest.mark.parametrize(
    ("owed", "percent", "pays"),
    [
        (10**18, 100, True),  # 10^15 wei against 50,000 gas at 20 gwei: just as much
        (10**18 - 1, 100, False),
        (10**18, 101, False),
        (3 * 10**18, 300, True),
        (0, 100, False),
        (0, 0, True),
    ],
)
def test_pays__value_beside_the_gas__to_the_wei(owed, percent, pays):
    assert Worth({TOKEN: 10**15}, percent).pays(TOKEN, owed, 50_000, 20 * GWEI) is pays


def test_pays__a_token_without_a_price__is_worth_nothing_where_others_have_one():
    assert not Worth({TOKEN: 1}, 100).pays(OTHER, 10**38, 1, 1)
    assert Worth({}, 100).pays(OTHER, 1, 10**6, 10**12)
