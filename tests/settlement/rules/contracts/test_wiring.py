from dataclasses import replace
from itertools import combinations

import pytest

from indexer.rules.protocols.reference import REFERENCE
from settlement.rules.contracts import wiring
from settlement.rules.contracts.wiring import Answers, Wiring, is_code_of

VIEWS = REFERENCE.views
KEYS = tuple(VIEWS.of)
CLOCK = {"genesis": 1_700_000_000, "lengthSeconds": 86400, "first": 0}


def find_misfits(found, at):
    return wiring.find_misfits(Wiring(VIEWS, found, at))


def network(tag):
    """Return the addresses and the answers of a whole network whose contracts name each other."""
    at = {key: bytes([tag, number]) * 10 for number, key in enumerate(KEYS, start=1)}
    return at, {key: Answers(answers_of(key, at), True if key == "task_market" else None) for key in KEYS}


def answers_of(key, at):
    return {view: at[VIEWS.peers[view]] if view in VIEWS.peers else CLOCK.get(view, 7) for view in VIEWS.of[key]}


def changed(answers, **views):
    return replace(answers, views={**answers.views, **views})


def test_find_misfits__right_network__finds_none():
    at, found = network(1)
    assert find_misfits(found, at) == []


@pytest.mark.parametrize(("one", "other"), list(combinations(KEYS, 2)))
def test_find_misfits__two_swapped__are_one_misfit_that_names_both(one, other):
    at, found = network(1)
    at[one], at[other], found[one], found[other] = at[other], at[one], found[other], found[one]
    (misfit,) = find_misfits(found, at)
    assert set(misfit.keys) == {one, other}
    assert "are swapped" in misfit.error.line()


@pytest.mark.parametrize("key", KEYS)
def test_find_misfits__contract_of_another_network__is_the_only_one_blamed_and_the_right_one_named(key):
    (at, found), (other_at, other_found) = network(1), network(2)
    right, at[key], found[key] = at[key], other_at[key], other_found[key]
    if key in ("staking", "task_market"):
        found["task_market"] = replace(found["task_market"], slashes=False)
    (misfit,) = find_misfits(found, at)
    assert misfit.keys == (key,)
    assert f"correct contracts.{key}" in misfit.error.remedy
    if key != "task_market":  # nobody names the market by a view
        assert misfit.error.expected == "0x" + right.hex()


@pytest.mark.parametrize("key", ["staking", "task_market", "distributor"])
def test_find_misfits__copy_beside_the_right_contract__is_blamed_although_it_names_the_right_peers(key):
    at, found = network(1)
    at[key] = b"\x09" * 20
    if key in ("staking", "task_market"):
        found["task_market"] = replace(found["task_market"], slashes=False)
    (misfit,) = find_misfits(found, at)
    assert misfit.keys == (key,)


@pytest.mark.parametrize("key", KEYS)
def test_find_misfits__contract_that_answers_nothing__is_not_a_contract_of_that_kind(key):
    at, found = network(1)
    found[key] = Answers(dict.fromkeys(found[key].views))
    (misfit,) = find_misfits(found, at)
    assert misfit.keys == (key,)
    assert "is not a contract of that kind" in misfit.error.line()


def test_find_misfits__one_address_in_two_roles__names_the_role_it_is_not():
    at, found = network(1)
    at["staking"], found["staking"] = at["task_market"], found["task_market"]
    (misfit,) = find_misfits(found, at)
    assert misfit.keys == ("staking",)
    assert "answers as task_market does" in misfit.error.line()


@pytest.mark.parametrize("key", VIEWS.clocked)
def test_find_misfits__contract_with_another_clock__is_blamed(key):
    at, found = network(1)
    found[key] = changed(found[key], genesis=5)
    (misfit,) = find_misfits(found, at)
    assert misfit.keys == (key,)
    assert Wiring(VIEWS, found, at).clock == (1_700_000_000, 86400, 0)


def test_find_misfits__distributor_not_named_yet__is_no_contradiction():
    at, found = network(1)
    found["parameters"] = changed(found["parameters"], distributor=bytes(20))
    assert find_misfits(found, at) == []


def test_find_misfits__two_contracts_of_another_network__both_are_blamed():
    (at, found), (other_at, other_found) = network(1), network(2)
    for key in ("token", "distributor"):
        at[key], found[key] = other_at[key], other_found[key]
    assert {key for misfit in find_misfits(found, at) for key in misfit.keys} == {"token", "distributor"}


def test_is_code_of__immutables_differ__is_the_same_code():
    assert is_code_of(b"\x01\x00\x00\x02", b"\x01\x07\x08\x02", [(1, 2)])
    assert not is_code_of(b"\x01\x00\x00\x03", b"\x01\x07\x08\x02", [(1, 2)])
    assert not is_code_of(b"\x01\x00\x00\x02\x00", b"\x01\x07\x08\x02", [(1, 2)])
