import numpy as np

from settlement.rules.allocation.amounts import BonusRows
from settlement.rules.allocation.bonus_pools import return_deposits
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints, amounts_to_ints
from settlement.rules.epoch.deposits import deposit_rows, list_deposits, list_pools
from settlement.rules.facts.aggregates import Bonuses

APP, LATER_APP, TOKEN, ANN, BEN = (bytes([byte]) * 20 for byte in (3, 4, 8, 1, 2))


def bonuses(*rows):
    return Bonuses(
        app=addresses_from_bytes([row[0] for row in rows]),
        token=addresses_from_bytes([row[1] for row in rows]),
        amount=amounts_from_ints([row[3] for row in rows]),
        depositor=addresses_from_bytes([row[2] for row in rows]),
    )


def paid(*rows):
    return BonusRows(
        token=addresses_from_bytes([row[0] for row in rows]),
        account=addresses_from_bytes([row[1] for row in rows]),
        app=addresses_from_bytes([row[2] for row in rows]),
        role=np.array([row[3] for row in rows], dtype=np.uint8),
        amount=amounts_from_ints([row[4] for row in rows]),
    )


def test_list_deposits__part_of_a_pool_returned__says_what_came_back_to_whom():
    given = bonuses((APP, TOKEN, ANN, 6), (APP, TOKEN, BEN, 4), (LATER_APP, TOKEN, ANN, 5), (APP, TOKEN, ANN, 1))
    back = paid((TOKEN, ANN, APP, 0, 9), (TOKEN, BEN, APP, 2, 1), (TOKEN, ANN, LATER_APP, 2, 5))
    deposits = list_deposits(given, back)
    columns = (deposits.app, deposits.token, deposits.account)
    keys = [tuple(bytes(column[row]) for column in columns) for row in range(len(deposits))]
    values = zip(amounts_to_ints(deposits.deposited), amounts_to_ints(deposits.returned), strict=True)
    assert dict(zip(keys, values, strict=True)) == {
        (APP, TOKEN, ANN): (7, 0),
        (APP, TOKEN, BEN): (4, 1),
        (LATER_APP, TOKEN, ANN): (5, 5),
    }
    pools = list_pools(given, back)
    assert pools.kind.tolist() == [5, 5]
    assert list(zip(amounts_to_ints(pools.x), amounts_to_ints(pools.stake), strict=True)) == [(11, 1), (5, 5)]


def test_list_deposits__deposits_of_0__appear_nowhere():
    given = bonuses((APP, TOKEN, ANN, 0), (LATER_APP, TOKEN, BEN, 3), (LATER_APP, TOKEN, ANN, 0))
    back = return_deposits(given)
    assert len(list_deposits(given, back)) == len(list_pools(given, back)) == 1


def test_return_deposits__any__come_back_whole():
    given = bonuses((APP, TOKEN, ANN, 6), (APP, TOKEN, BEN, 4))
    back = return_deposits(given)
    assert (back.role == 2).all()
    assert sorted(amounts_to_ints(back.amount)) == [4, 6]


def test_deposit_rows__layout__is_that_of_the_specification():
    given = bonuses((APP, TOKEN, ANN, 6))
    stage = deposit_rows(list_deposits(given, return_deposits(given)))
    six = (6).to_bytes(32, "big")
    assert stage.rows.tobytes() == APP + TOKEN + ANN + six + six
    assert stage.groups.tolist() == [APP[0]]
