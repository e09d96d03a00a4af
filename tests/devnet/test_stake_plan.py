import random
from collections import Counter

from deploy.devnet import DevnetSettings
from deploy.devnet.calendar import calendar_of
from deploy.devnet.players import MINER, cast_players
from deploy.devnet.stake_plan import plan_stakes, stake_call
from deploy.wiring.settings import WEI

_SETTINGS = DevnetSettings(epochs=8, quiet_epochs=(3, 4))
_SEEDS = range(50)


def test_plan_stakes__any_seed__nobody_asks_for_more_than_is_staked():
    for seed in _SEEDS:
        players, blocks = _plan(seed)
        held = Counter()
        for call in [*map(stake_call, players.stakes), *_calls(blocks)]:
            position = _position(call)
            if call.function == "stake":
                held[position] += call.arguments[2]
            if call.function == "requestWithdraw":
                held[position] -= call.arguments[2]
                assert call.arguments[2] > 0, f"seed {seed}"
                assert held[position] >= 0, f"seed {seed}"


def test_plan_stakes__any_seed__whatever_was_asked_for_is_taken_in_the_next_epoch_with_traffic():
    for seed in _SEEDS:
        waiting = set()
        for block in _changes_by_time(seed):
            asked = {_position(call) for call in block.calls if call.function == "requestWithdraw"}
            taken = {_position(call) for call in block.calls if call.function == "withdraw"}
            if taken or waiting:
                assert taken == waiting, f"seed {seed}"
            waiting = asked


def test_plan_stakes__slashes__reach_a_queue_and_a_pending_deposit():
    players, blocks = _plan(0)
    slashes = [call for call in _calls(blocks) if call.function == "slash"]
    assert [call.arguments[1] for call in slashes] == list(players.victims)
    assert [call.arguments[3] for call in slashes] == [500 * WEI, 1_300 * WEI]
    assert all(call.arguments[2] == MINER for call in slashes)


def _plan(seed):
    random_ = random.Random(seed)
    players = cast_players(_SETTINGS, random_)
    return players, plan_stakes(calendar_of(_SETTINGS), players, random_)


def _changes_by_time(seed):
    """Return the blocks of changes, without those of the slashes, ascending."""
    blocks = sorted(_plan(seed)[1], key=lambda block: block.offset_seconds)
    return [block for block in blocks if any(call.function == "stake" for call in block.calls) and len(block.calls) > 2]


def _calls(blocks):
    return [call for block in sorted(blocks, key=lambda block: block.offset_seconds) for call in block.calls]


def _position(call):
    return (call.sender, *call.arguments[:2])
