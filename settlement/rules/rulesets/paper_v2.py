"""Ruleset `paper-v2`: stakes are divided by those of the apps with a counted proof, and of the role in the app.

As `paper-v1` in everything but these two denominators (SPEC section 5.1).
"""

from indexer.words.errors import UnsoundError
from indexer.words.quantities import to_hex
from settlement.rules.allocation.participation import Participants, checked_sum
from settlement.rules.columns.conversions import amounts_to_ints
from settlement.rules.facts.aggregates import ROLE_MINER, ROLE_USER
from settlement.rules.rulesets.document_form import DocumentForm
from settlement.rules.rulesets.paper import PaperRule
from settlement.rules.rulesets.paper_explanation import StakeWords
from settlement.rules.rulesets.paper_formula import StakeTotals, counted_column, verify_total
from settlement.rules.rulesets.paper_parameters import PaperParameters


def app_totals(_parameters: PaperParameters, participants: Participants) -> StakeTotals:
    """Return the stakes of the active apps, and of all miners or users of each app, in bonus pools too.

    UnsoundError where one is below the stakes of the app's rows, or an app has no row of its miners' stakes.
    """
    active = checked_sum(counted_column(participants, participants.app_stake), "active_app_staking")
    miners = [_miner_stake(participants, place) for place in range(len(participants.apps))]
    own = [miners, amounts_to_ints(participants.app_stake)]
    for role, name in ((ROLE_MINER, "the stake of an app's miners"), (ROLE_USER, "the stake of an app's users")):
        for place, total in enumerate(own[role]):
            verify_total(name, total, participants.stake_sum[role][place], _where(participants, place))
    return StakeTotals(active, own, own)


def _miner_stake(participants: Participants, place: int) -> int:
    if place not in participants.miner_stake:
        where = _where(participants, place)
        raise UnsoundError("an app has no row of its miners' stakes", expected="one of kind 6", where=where)
    return participants.miner_stake[place]


def _where(participants: Participants, place: int) -> str:
    return f"app {to_hex(participants.apps[place].tobytes())}"


OWN = ("stake of all the app's miners", "stake of all the app's users")
WORDS = StakeWords(app="user stake of active apps", own=OWN, own_in_bonus=OWN)

RULESET = PaperRule(
    name="paper-v2",
    meaning="the network's earlier documents and its contracts: an app's stake is divided by that of the apps with a "
    "counted proof, own stake by that of the app's miners or users. It pays nearly all where stakers take part: "
    "idle stake weighs in its own app alone, and idle apps weigh nothing, so that in a quiet epoch the few who "
    "work take more (never approve an app without demand).",
    form=DocumentForm(
        app_x="circuit_work",
        app_stake="user_stake",
        miner_x="work",
        parameter_keys=("pool", "weights", "usage_unit", "residual"),
        optional_keys=("total_app_staking", "total_staking"),
        app_miner_stake="miner_stake",
    ),
    totals=app_totals,
    words=WORDS,
    with_totals=False,
)
