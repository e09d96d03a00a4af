import re

import pytest

from indexer.words.errors import UnsoundError
from settlement.rules.epoch.causes import is_voided, verify_amount, verify_settleable
from settlement.rules.facts.epoch_facts import AppSums, RulesetChoice, SuspectLog, Void, Weights
from tests.settlement.rules.epoch_facts import APP, REFERENCE, sound_facts

OTHER = bytes(19) + b"\2"


def test_verify_amount__above_the_limit__stops():
    assert verify_amount(10**38 - 1, "x") == 10**38 - 1
    with pytest.raises(UnsoundError, match="x is above the limit"):
        verify_amount(10**38, "x")


LATE, IN_TIME = (Void(REFERENCE + 1, 0),), (Void(REFERENCE, 3),)
CAUSES = {
    "no weights in force": {"weights": None},
    "a + b": {"weights": Weights(2500, 7501, 5000, 5000, 7)},
    "c + d": {"weights": Weights(2500, 7500, 5000, 4999, 7)},
    "weight of scheme 2": {"mendable": ("weight of scheme 2 is none in force",)},
    "stake of app": {"mendable": ("stake of app 01 account 02 role 0 is -1",)},
    "ruleset 'pozk-v1' is unknown": {"choice": RulesetChoice("pozk-v1", "rollover")},
    "residual 2 is unknown": {"choice": RulesetChoice("paper-v1", "2")},
    "total_staking": {"total_staking": 10**38},
    "work": {"apps": (AppSums(APP, 1, 10**38 - 1, 1), AppSums(OTHER, 1, 1, 1))},
    "the work of app": {"apps": (AppSums(APP, 1, 10**38, 1),)},
    "the number of tasks": {"apps": (AppSums(APP, 1, 1, 10**38),)},
    "usage": {"weights": Weights(2500, 7500, 5000, 5000, 10**38 - 1), "apps": (AppSums(APP, 1, 1, 2),)},
    "total_cs": {"apps": (AppSums(APP, 10**38 - 1, 1, 1), AppSums(OTHER, 1, 1, 1))},
}
"""What the closed list of SPEC section 3 holds, by a word of the refusal."""

NO_CAUSES = {
    "nothing wrong": {},
    "sums at the limit": {"total_staking": 10**38 - 1, "apps": (AppSums(APP, 10**38 - 1, 10**38 - 1, 1),)},
    "no ruleset on chain": {"choice": None},
    "no emission": {"emission": 0},
    "no proof": {"apps": (), "proofs": 0},
    "a scheme without weight in no proof": {"alphas": {}},
    "a broken promise of ours": {"violations": ("tasks of app 01 with 2 proofs is 1",)},
}


@pytest.mark.parametrize("said", CAUSES)
def test_is_voided__late_event_and_a_cause_of_the_list__is(said):
    facts = sound_facts(**CAUSES[said], voids=LATE)
    assert is_voided(facts)
    assert verify_settleable(facts) is None


@pytest.mark.parametrize("said", NO_CAUSES)
def test_is_voided__late_event_and_no_cause_of_the_list__is_not(said):
    assert not is_voided(sound_facts(**NO_CAUSES[said], voids=LATE))


@pytest.mark.parametrize("changes", [*CAUSES.values(), *NO_CAUSES.values()])
def test_is_voided__event_in_time__is_whatever_else(changes):
    assert is_voided(sound_facts(**changes, voids=IN_TIME))


@pytest.mark.parametrize("said", CAUSES)
def test_verify_settleable__cause_without_a_void__names_cause_and_void(said):
    with pytest.raises(UnsoundError, match=rf"{re.escape(said)}.*voidEpoch\(7\)"):
        verify_settleable(sound_facts(**CAUSES[said]))


def test_verify_settleable__what_no_void_mends__names_none():
    with pytest.raises(UnsoundError, match="a promise about the rows of the epoch is broken") as caught:
        verify_settleable(sound_facts(violations=("x is y",), voids=LATE))
    assert "void" not in caught.value.line()


@pytest.mark.parametrize("voids", [LATE, IN_TIME])
def test_verify_settleable__voided_with_an_undecided_log__stays_blocked(voids):
    log = SuspectLog(85, bytes(32), 0, "StakeChanged", "made up", None)
    with pytest.raises(UnsoundError, match="blocked by 1 log") as caught:
        verify_settleable(sound_facts(weights=None, suspects=(log,), voids=voids))
    assert "void" not in caught.value.line()
