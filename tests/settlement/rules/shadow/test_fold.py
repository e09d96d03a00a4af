from dataclasses import replace

import pytest

from indexer.words.errors import UnsoundError
from settlement.rules.shadow.fold import DIFFERENT, EQUAL, UNDETERMINED, shadow_network
from settlement.rules.shadow.seen import OPENING, RETURNED, Collect, EpochLabor, Flow
from tests.settlement.rules.shadow.made_up import account, app_of, network, seeded, settings_of

APP, OTHER = account(200), account(201)
MINER, SECOND = account(1), account(2)
PLAYER, VESTING = account(101), account(301)


def collect(block, app, role, who, amount, epoch=1):
    return Collect((block, 0), 0, bytes(32), epoch, app, role, who, amount)


def simple(**apps):
    return EpochLabor(1, {APP: app_of(5, 10, [(3, 7), (1, 0)], [(4, 1)])} | apps)


@pytest.mark.parametrize("seed", range(60))
def test_shadow_network__everybody_collected_by_the_rule_in_any_order__equal_and_nothing_owed(seed):
    found = shadow_network(seeded(seed))
    assert {each.state for each in found.compared} == {EQUAL}
    assert found.owed == []


def test_shadow_network__one_wei_more__different_and_named():
    seen = seeded(3)
    paid = [replace(each, amount=each.amount + (place == 2)) for place, each in enumerate(seen.collects)]
    found = shadow_network(replace(seen, collects=paid))
    assert [each.state for each in found.compared].index(DIFFERENT) == 2
    assert found.compared[2].rule == paid[2].amount - 1


def test_shadow_network__vesting_unknown__no_miner_is_equal():
    found = shadow_network(replace(seeded(3), vesting=""))
    assert {(each.collect.role, each.state) for each in found.compared} == {(0, UNDETERMINED), (1, EQUAL)}


def test_shadow_network__terms_change_after_the_pool_is_opened__it_keeps_its_own_but_for_the_exponents():
    late = settings_of(pool=5, alpha=(1, 2), beta=(1, 2), percent=(50, 50, 1), block=20)
    rows = [collect(10, APP, 0, MINER, 0), collect(30, APP, 1, PLAYER, 0)]
    found = shadow_network(network([simple()], [*settings_of(), *late], rows))
    assert len(found.pools) == 1
    assert found.compared[1].pool is found.compared[0].pool
    assert [each.split.exponent for each in found.compared] == [0.25, 0.25]
    beta = replace(rows[0], place=(40, 0), account=SECOND)
    found = shadow_network(network([simple()], [*settings_of(), *late], [*rows, beta]))
    assert found.compared[2].split.exponent == 0.5


def test_shadow_network__pool_of_nothing__is_opened_anew():
    late = settings_of(block=20)
    rows = [collect(10, APP, 0, MINER, 0), collect(30, APP, 1, PLAYER, 0)]
    found = shadow_network(network([simple()], [*settings_of(pool=0), *late], rows))
    assert [each.pool.total for each in found.pools] == [0, 10**24]


def test_shadow_network__late_zero_stake_collect__blocks_an_unopened_pool_of_the_epoch():
    epoch = simple(**{})
    epoch = EpochLabor(1, {**epoch.apps, OTHER: app_of(5, 10, [(3, 7)], [(3, 1)])})
    first = shadow_network(network([epoch], settings_of()))
    whole = {(each.app, each.account): each.amount for each in first.owed}
    assert not any(each.block for each in first.owed)
    paid = [collect(10, APP, 0, MINER, whole[APP, MINER]), collect(11, APP, 1, PLAYER, whole[APP, PLAYER])]
    before = shadow_network(network([epoch], settings_of(), paid))
    assert not any(each.block for each in before.owed)
    found = shadow_network(network([epoch], settings_of(), [*paid, collect(12, APP, 0, SECOND, 0)]))
    assert {each.account for each in found.owed} == {MINER, PLAYER}
    assert {each.app for each in found.owed} == {OTHER}
    assert all("divides by zero" in each.block for each in found.owed)


def test_shadow_network__transfers_of_a_transaction__are_those_before_its_collect():
    epoch = simple()
    flows = [
        Flow((10, 0), 0, OPENING, VESTING, 77),
        Flow((10, 2), 0, RETURNED, VESTING, 5),
        Flow((9, 0), 0, OPENING, VESTING, 1),
        Flow((10, 1), 1, OPENING, VESTING, 3),
    ]
    row = replace(collect(10, APP, 0, MINER, 0), place=(10, 3))
    found = shadow_network(network([epoch], settings_of(), [row], flows=flows))
    assert found.pools[0].transferred == 77
    assert found.returned == {(1, APP): 5}


def test_shadow_network__epoch_that_goes_on__owes_nothing_yet():
    assert shadow_network(network([simple()], settings_of(), current_epoch=1)).owed == []


def test_shadow_network__collect_without_labor_or_before_any_setting__is_unsound():
    with pytest.raises(UnsoundError, match="no labor"):
        shadow_network(network([simple()], settings_of(), [collect(10, OTHER, 0, MINER, 1)]))
    with pytest.raises(UnsoundError, match="no NewMineReward before"):
        shadow_network(network([simple()], settings_of()[:4], [collect(10, APP, 0, MINER, 1)]))
