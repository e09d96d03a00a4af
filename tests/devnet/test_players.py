import random

import pytest

from deploy.devnet import DevnetSettings
from deploy.devnet.players import MINER, cast_players, participant

_SEEDS = range(50)


@pytest.fixture(params=[12, 13, 40, 120])
def settings(request):
    return DevnetSettings(participants=request.param)


def test_cast_players__any_seed__every_app_has_miners_that_are_no_victims(settings):
    for seed in _SEEDS:
        players = cast_players(settings, random.Random(seed))
        for app in players.apps:
            miners = players.miners[app.name]
            assert len(set(miners)) == len(miners) >= 3, f"seed {seed}"
            assert not set(miners) & set(players.victims), f"seed {seed}"


def test_cast_players__any_seed__some_account_mines_and_uses_and_one_uses_without_stake(settings):
    for seed in _SEEDS:
        players = cast_players(settings, random.Random(seed))
        miners = {miner for of_app in players.miners.values() for miner in of_app}
        assert miners & set(players.users), f"seed {seed}"
        without = participant(settings.participants - 1)
        assert without in players.users
        assert all(stake.account != without for stake in players.stakes), f"seed {seed}"


def test_cast_players__any_seed__one_stake_a_position_and_every_miner_has_one(settings):
    for seed in _SEEDS:
        players = cast_players(settings, random.Random(seed))
        positions = [(stake.app, stake.account, stake.role) for stake in players.stakes]
        assert len(positions) == len(set(positions)), f"seed {seed}"
        for app, miners in players.miners.items():
            assert {(app, miner, MINER) for miner in miners} <= set(positions), f"seed {seed}"


def test_cast_players__apps__cover_all_schemes_and_one_is_stopped_one_upgraded_one_idle(settings):
    apps = cast_players(settings, random.Random(0)).apps
    assert {app.scheme for app in apps} == {0, 1, 2}
    assert sum(app.stopped_from is not None for app in apps) == 1
    assert sum(app.upgraded_from is not None for app in apps) == 1
    assert apps[-1].idle
