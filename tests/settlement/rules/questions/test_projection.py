"""What-if epochs: what an override moves, and what it leaves alone."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from indexer.words.errors import InputError
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints, amounts_to_ints
from settlement.rules.facts.aggregates import Aggregates, Bonuses, no_bonuses
from settlement.rules.facts.epoch_facts import AppSums, RulesetChoice, Weights
from settlement.rules.questions.projection import (
    ApprovedApp,
    Overrides,
    Supposed,
    Surroundings,
    apply_overrides,
    compare_accounts,
    paid_by_account,
    summarize,
    sweep_weight,
    warn_of_normalize,
)
from tests.settlement.rules.epoch_facts import sound_facts

APP, OTHER, ZERO = b"a" * 20, b"b" * 20, bytes(20)
MINER, USER, NEW = b"m" * 20, b"u" * 20, b"n" * 20
POOL = 10**24


def epoch(rows, residual="rollover"):
    """Return an epoch of (kind, app, account, x, stake) rows whose totals are those of the rows."""
    ordered = sorted(rows)
    columns = Aggregates(
        np.array([row[0] for row in ordered], dtype=np.uint8),
        addresses_from_bytes([row[1] for row in ordered]),
        addresses_from_bytes([row[2] for row in ordered]),
        amounts_from_ints(row[3] for row in ordered),
        amounts_from_ints(row[4] for row in ordered),
    )
    app_stake = sum(row[4] for row in rows if row[0] == 0)
    stake = sum(row[4] for row in rows if row[0] in (1, 2))
    facts = sound_facts(
        weights=Weights(5000, 5000, 5000, 5000, 10),
        emission=POOL,
        aggregates=columns,
        total_app_staking=app_stake,
        total_staking=stake,
    )
    return Supposed(facts, RulesetChoice("paper-v1", residual))


def stakes_of(supposed):
    """Return both totals of stake."""
    return supposed.facts.total_app_staking, supposed.facts.total_staking


BASE_ROWS = [(0, APP, ZERO, 7, 40), (1, APP, MINER, 100, 60), (2, APP, USER, 3, 40)]
BASE = epoch(BASE_ROWS)
KNOWN = Surroundings(stakes={(APP, NEW, 0): 25}, apps={OTHER: ApprovedApp(9, 5, 8)})


def rows_of(supposed):
    """Return the aggregates as (kind, app, account) -> (x, stake)."""
    a = supposed.aggregates
    keys = [(int(kind), app.tobytes(), who.tobytes()) for kind, app, who in zip(a.kind, a.app, a.account, strict=True)]
    return dict(zip(keys, zip(amounts_to_ints(a.x), amounts_to_ints(a.stake), strict=True), strict=True))


def test_apply_overrides__none__changes_nothing():
    same = apply_overrides(BASE, Overrides(), Surroundings())
    assert rows_of(same) == rows_of(BASE)
    assert (stakes_of(same), same.choice) == (stakes_of(BASE), BASE.choice)


def test_apply_overrides__a_users_stake__moves_row_app_and_both_totals():
    more = apply_overrides(BASE, Overrides(stakes={(APP, USER, 1): 50}), KNOWN)
    assert rows_of(more)[2, APP, USER] == (3, 50)
    assert rows_of(more)[0, APP, ZERO] == (7, 50)
    assert stakes_of(more) == (50, 110)


def test_apply_overrides__a_miners_stake__moves_only_its_row_and_one_total():
    less = apply_overrides(BASE, Overrides(stakes={(APP, MINER, 0): 0}), KNOWN)
    assert rows_of(less)[1, APP, MINER] == (100, 0)
    assert stakes_of(less) == (40, 40)


def test_apply_overrides__a_miners_stake__moves_that_of_all_the_apps_miners():
    known = epoch([*BASE_ROWS, (6, APP, ZERO, 0, 90)])
    assert rows_of(apply_overrides(known, Overrides(stakes={(APP, MINER, 0): 100}), KNOWN))[6, APP, ZERO] == (0, 130)
    assert rows_of(apply_overrides(known, Overrides(stakes={(APP, NEW, 0): 0}), KNOWN))[6, APP, ZERO] == (0, 65)
    assert rows_of(apply_overrides(known, Overrides(stakes={(APP, USER, 1): 1}), KNOWN))[6, APP, ZERO] == (0, 90)


def test_apply_overrides__another_ruleset__pays_by_it_and_says_so():
    known = epoch([*BASE_ROWS, (6, APP, ZERO, 0, 60)])
    other = apply_overrides(known, Overrides(ruleset="paper-v2"), KNOWN)
    before, after = (summarize(one, one.allocate(no_bonuses())) for one in (known, other))
    assert (before.ruleset, after.ruleset) == ("paper-v1", "paper-v2")
    assert before.paid_share < after.paid_share == 1 - Fraction(after.remainder, POOL)
    with pytest.raises(InputError, match=r"expected paper-v1 or paper-v2.*, got pozk-v1"):
        apply_overrides(known, Overrides(ruleset="pozk-v1"), KNOWN)


def test_apply_overrides__stake_of_an_account_without_work__moves_the_total_by_the_difference():
    more = apply_overrides(BASE, Overrides(stakes={(APP, NEW, 0): 30}), KNOWN)
    assert rows_of(more) == rows_of(BASE)
    assert more.facts.total_staking == 100 + (30 - 25)


def test_apply_overrides__work_of_a_new_miner__has_its_effective_stake():
    more = apply_overrides(BASE, Overrides(work={(APP, NEW): 11}), KNOWN)
    assert rows_of(more)[1, APP, NEW] == (11, 25)
    assert stakes_of(more) == stakes_of(BASE)


def test_apply_overrides__tasks_in_an_app_without_proofs__brings_the_app_in():
    more = apply_overrides(BASE, Overrides(tasks={(OTHER, USER): 2}), KNOWN)
    assert rows_of(more)[0, OTHER, ZERO] == (9, 5)
    assert rows_of(more)[6, OTHER, ZERO] == (0, 8)
    assert more.facts.apps == (AppSums(APP, 7, 100, 3), AppSums(OTHER, 9, 0, 2))
    with pytest.raises(InputError, match="not approved"):
        apply_overrides(BASE, Overrides(tasks={(b"z" * 20, USER): 2}), KNOWN)


def test_apply_overrides__weights_and_residual__replace_those_in_force():
    changed = apply_overrides(BASE, Overrides(weights=(1, 9999, 2, 9998), residual="normalize"), KNOWN)
    assert (changed.facts.weights, changed.choice.residual) == (Weights(1, 9999, 2, 9998, 10), "normalize")


@pytest.mark.parametrize("value", [-1, 10**38])
def test_apply_overrides__a_value_out_of_range__is_refused(value):
    for overrides in (Overrides(stakes={(APP, USER, 1): value}), Overrides(work={(APP, MINER): value})):
        with pytest.raises(InputError, match="out of range"):
            apply_overrides(BASE, overrides, KNOWN)


def test_summarize__an_epoch__speaks_of_the_accounts_that_are_paid():
    allocation = BASE.allocate(no_bonuses())
    summary = summarize(BASE, allocation)
    assert (summary.pool, summary.distributed, summary.accounts) == (POOL, allocation.distributed, 2)
    assert summary.paid_share == Fraction(allocation.distributed, POOL)
    assert summary.top_ten_share == 1


def test_compare_accounts__more_stake__names_who_gains_and_who_loses():
    before = paid_by_account(BASE.aggregates, BASE.allocate(no_bonuses()))
    supposed = apply_overrides(BASE, Overrides(stakes={(APP, MINER, 0): 600}), KNOWN)
    after = paid_by_account(supposed.aggregates, supposed.allocate(no_bonuses()))
    changes = {change.account: change for change in compare_accounts(before, after)}
    assert changes[MINER].after > changes[MINER].before
    assert changes[USER].after < changes[USER].before
    assert compare_accounts(before, before) == []


def test_sweep_weight__of_c__keeps_the_pair_at_ten_thousand():
    points = sweep_weight(BASE, no_bonuses(), "c", [0, 5000, 10_000], (MINER, NEW))
    assert [point.weight_bps for point in points] == [0, 5000, 10_000]
    base = paid_by_account(BASE.aggregates, BASE.allocate(no_bonuses()))
    assert points[1].watched == (base[MINER], 0)
    assert points[2].summary.distributed > points[1].summary.distributed  # work alone: the only miner's share is 1
    with pytest.raises(InputError, match="unknown weight"):
        sweep_weight(BASE, no_bonuses(), "e", [0])
    with pytest.raises(InputError, match="out of range"):
        sweep_weight(BASE, no_bonuses(), "a", [10_001])


def test_warn_of_normalize__one_self_dealt_proof__takes_the_whole_pool():
    quiet = epoch([(0, APP, ZERO, 7, 1), (1, APP, MINER, 1, 1), (2, APP, MINER, 1, 1)], "normalize")
    quiet = replace(quiet, facts=replace(quiet.facts, total_app_staking=10**20, total_staking=10**20))
    warning = warn_of_normalize(quiet, no_bonuses())
    assert (warning.largest_account, warning.largest_amount) == (MINER, POOL)
    assert "100.00%" in warning.text()


def test_warn_of_normalize__nobody_earns__says_that_the_next_proof_takes_all():
    empty = epoch([], "normalize")
    assert "one self-dealt proof takes all" in warn_of_normalize(empty, no_bonuses()).text()
    assert warn_of_normalize(replace(empty, facts=replace(empty.facts, emission=0)), no_bonuses()) is None


def test_apply_overrides__a_ruleset_with_other_parameters__is_refused():
    with pytest.raises(InputError, match="takes other parameters"):
        apply_overrides(BASE, Overrides(ruleset="pozk-v1"), Surroundings())


def test_warn_of_normalize__rollover_or_a_busy_epoch__is_none():
    assert warn_of_normalize(BASE, no_bonuses()) is None
    busy = epoch([(0, APP, ZERO, 7, 40), (1, APP, MINER, 100, 60)], "normalize")
    assert warn_of_normalize(busy, no_bonuses()) is None


def test_allocate__bonuses_in_a_projection__follow_the_same_code():
    bonuses = Bonuses(
        addresses_from_bytes([APP]),
        addresses_from_bytes([ZERO]),
        amounts_from_ints([1000]),
        addresses_from_bytes([NEW]),
    )
    assert sum(amounts_to_ints(BASE.allocate(bonuses).bonuses.amount)) == 1000
