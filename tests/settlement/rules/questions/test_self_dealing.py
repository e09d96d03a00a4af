"""What self-dealing earns: against the allocation itself, task by task."""

from dataclasses import replace

import pytest

from settlement.rules.facts.aggregates import no_bonuses
from settlement.rules.questions.projection import (
    ApprovedApp,
    Overrides,
    Surroundings,
    apply_overrides,
    paid_by_account,
)
from settlement.rules.questions.self_dealing import DEALER, TaskCost, evaluate_self_dealing, mean_stakes, summed
from tests.settlement.rules.questions.test_projection import ZERO, epoch

BUSY, IDLE = b"b" * 20, b"i" * 20
TOKEN = 10**18
ROWS = [
    (0, BUSY, ZERO, 1000, 900 * TOKEN),
    (6, BUSY, ZERO, 0, 700 * TOKEN),
    *((1, BUSY, bytes([10 + at]) * 20, 20_000, 100 * TOKEN) for at in range(7)),
    *((2, BUSY, bytes([30 + at]) * 20, 14, 90 * TOKEN) for at in range(10)),
]
KNOWN = Surroundings(
    stakes={(BUSY, bytes([10 + at]) * 20, 0): 100 * TOKEN for at in range(7)} | {(IDLE, b"s" * 20, 1): 50 * TOKEN},
    apps={BUSY: ApprovedApp(1000, 900 * TOKEN, 700 * TOKEN), IDLE: ApprovedApp(400, 50 * TOKEN, 0)},
)
STAKES = (100 * TOKEN, 40 * TOKEN)


def epoch_of(ruleset, residual="rollover"):
    """The busy app's epoch, with the stake that lies idle in the other one in the totals."""
    made = epoch(ROWS, residual)
    facts, idle = made.facts, KNOWN.apps[IDLE].user_stake
    totals = {"total_app_staking": facts.total_app_staking + idle, "total_staking": facts.total_staking + idle}
    return replace(made.under(ruleset), facts=replace(facts, **totals))


def earned(supposed, app, tasks):
    size = KNOWN.apps[app].circuit_size
    overrides = Overrides(
        stakes={(app, DEALER, 0): STAKES[0], (app, DEALER, 1): STAKES[1]},
        work={(app, DEALER): tasks * size},
        tasks={(app, DEALER): tasks},
    )
    changed = apply_overrides(supposed, overrides, KNOWN)
    return paid_by_account(changed.aggregates, changed.allocate(no_bonuses()))[DEALER]


def test_task_cost__worked__burned_part_and_proving():
    assert TaskCost(least_fee=1000, burn_bps=200, proving=7).wei == 27


@pytest.mark.parametrize("ruleset", ["paper-v1", "paper-v2"])
@pytest.mark.parametrize("residual", ["rollover", "normalize"])
def test_evaluate_self_dealing__each_app__as_the_allocation_of_the_whole_epoch(ruleset, residual):
    supposed = epoch_of(ruleset, residual)
    found = evaluate_self_dealing(supposed, KNOWN, dict.fromkeys(KNOWN.apps, TaskCost(10**21, 200)), STAKES)
    assert [(each.app, each.is_idle, each.ruleset) for each in found] == [(BUSY, False, ruleset), (IDLE, True, ruleset)]
    for each in found:
        assert each.first == earned(supposed, each.app, 1) > 0
        assert each.second == earned(supposed, each.app, 2) - each.first
        assert each.earned == (earned(supposed, each.app, each.most) if each.most else 0)


@pytest.mark.parametrize("ruleset", ["paper-v1", "paper-v2"])
def test_evaluate_self_dealing__a_cost__last_task_pays_and_the_next_does_not(ruleset):
    supposed = epoch_of(ruleset)
    cost = TaskCost(least_fee=50 * earned(supposed, BUSY, 1) // 20, burn_bps=200)
    busy, idle = evaluate_self_dealing(supposed, KNOWN, dict.fromkeys(KNOWN.apps, cost), STAKES)
    assert busy.most > 1
    for each in (busy, idle):
        last = earned(supposed, each.app, each.most) - earned(supposed, each.app, each.most - 1)
        after = earned(supposed, each.app, each.most + 1) - earned(supposed, each.app, each.most)
        assert last > cost.wei >= after
        assert each.spent == each.most * cost.wei


def test_evaluate_self_dealing__dearer_than_the_first_task__none_pays():
    supposed = epoch_of("paper-v1")
    cost = TaskCost(0, 0, proving=10**25)
    assert [each.most for each in evaluate_self_dealing(supposed, KNOWN, dict.fromkeys(KNOWN.apps, cost), STAKES)] == [
        0,
        0,
    ]


def test_evaluate_self_dealing__free__no_bound():
    found = evaluate_self_dealing(epoch_of("paper-v1"), KNOWN, dict.fromkeys(KNOWN.apps, TaskCost(0, 0)), STAKES)
    assert [each.most for each in found] == [None, None]


def test_summed__rollover__a_newcomer_is_paid_the_same():
    for ruleset in ("paper-v1", "paper-v2"):
        whole = epoch_of(ruleset)
        assert earned(summed(whole), BUSY, 9) == earned(whole, BUSY, 9)
        assert len(summed(whole).aggregates) == 4


def test_mean_stakes__each_role__of_positions_with_a_stake():
    assert mean_stakes(KNOWN) == (100 * TOKEN, 50 * TOKEN)
    assert mean_stakes(Surroundings()) == (0, 0)
