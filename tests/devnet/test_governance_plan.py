import random

from deploy.devnet import DevnetSettings
from deploy.devnet.calendar import calendar_of
from deploy.devnet.governance_plan import plan_bonuses, plan_governance
from deploy.devnet.players import cast_players

_SETTINGS = DevnetSettings()
_RANDOM = random.Random(3)
_PLAYERS = cast_players(_SETTINGS, _RANDOM)
_CALENDAR = calendar_of(_SETTINGS)


def test_plan_governance__parameters__are_for_epochs_to_come():
    for block in plan_governance(_CALENDAR, _SETTINGS.epochs, _PLAYERS):
        now = block.offset_seconds // _SETTINGS.length_seconds
        for call in block.calls:
            if call.function.startswith("set") or call.function == "addCorrection":
                assert now < call.arguments[0] < _SETTINGS.epochs


def test_plan_governance__voids__one_ahead_of_a_busy_epoch_and_one_too_late():
    voids = [
        (block.offset_seconds // _SETTINGS.length_seconds, call.arguments[0])
        for block in plan_governance(_CALENDAR, _SETTINGS.epochs, _PLAYERS)
        for call in block.calls
        if call.function == "voidEpoch"
    ]
    (ahead, voided), (late, passed) = voids
    assert ahead < voided == _CALENDAR.voided_epoch
    assert passed < late
    assert passed in _CALENDAR.busy_epochs


def test_plan_governance__every_kind_of_decision__is_there():
    calls = [call for block in plan_governance(_CALENDAR, _SETTINGS.epochs, _PLAYERS) for call in block.calls]
    assert {call.function for call in calls} == {
        "setWeights",
        "setSchemeWeight",
        "setEmission",
        "setRuleset",
        "voidEpoch",
        "addCorrection",
        "approveApp",
        "stopApp",
        "decideQuarantine",
    }


def test_plan_bonuses__deposits__are_for_this_epoch_or_a_later_one_and_some_return():
    pools = set()
    for block in plan_bonuses(_CALENDAR, _SETTINGS.epochs, _PLAYERS, _RANDOM):
        for call in block.calls:
            assert call.arguments[1] >= block.offset_seconds // _SETTINGS.length_seconds
            pools.add((call.arguments[0], call.arguments[1], call.sender))
    assert {epoch for _, epoch, _ in pools} >= set(_SETTINGS.quiet_epochs)
    assert _PLAYERS.apps[-1].name in {app for app, _, _ in pools}
    assert all((app, epoch, sender) in pools for app, epoch, _ in pools for sender in {entry[2] for entry in pools})
