"""Ruleset `paper-v1`, the paper's words: stakes are divided by those of the whole network (SPEC section 5.1)."""

from settlement.rules.allocation.participation import Participants
from settlement.rules.columns.conversions import sum_amounts
from settlement.rules.rulesets.document_form import DocumentForm
from settlement.rules.rulesets.paper import PaperRule
from settlement.rules.rulesets.paper_explanation import StakeWords
from settlement.rules.rulesets.paper_formula import StakeTotals, verify_total
from settlement.rules.rulesets.paper_parameters import PaperParameters


def network_totals(parameters: PaperParameters, participants: Participants) -> StakeTotals:
    """Return the network's totals, and in bonus pools the stakes of the role's participants in the app.

    UnsoundError where a total is below the stakes of the rows: more than the pool could be paid.
    """
    app_staking, staking = parameters.total_app_staking, parameters.total_staking
    verify_total("total_app_staking", app_staking, sum_amounts(participants.app_stake))
    verify_total("total_staking", staking, sum(map(sum, participants.stake_sum)))
    everywhere = [staking] * len(participants.apps)
    return StakeTotals(app_staking, [everywhere, everywhere], participants.stake_sum)


WORDS = StakeWords(
    app="user stake of all apps",
    own=("all stake, both roles", "all stake, both roles"),
    own_in_bonus=("stake of the app's miners with a proof", "stake of the app's users with a task"),
)

RULESET = PaperRule(
    name="paper-v1",
    meaning="the paper's words: stakes are divided by those of the whole network. In an even network of G apps with "
    "all weights one half it pays (1/(2G))^(1/2) of the pool (22 % at 10 apps, 7 % at 100) and carries the rest, and "
    "idle stake anywhere weighs against everyone.",
    form=DocumentForm(
        app_x="circuit_work",
        app_stake="user_stake",
        miner_x="work",
        parameter_keys=("pool", "weights", "usage_unit", "residual", "total_app_staking", "total_staking"),
        optional_app_keys=("miner_stake",),
    ),
    totals=network_totals,
    words=WORDS,
    with_totals=True,
)
