"""One epoch settled: from facts to amounts, leaves, root and report. Pure, so that settling and verifying agree."""

from dataclasses import dataclass

import numpy as np

from indexer.words.errors import InputError
from indexer.words.quantities import ZERO_HASH, Address, Hash32
from settlement.rules.columns.conversions import no_amounts, sum_amounts
from settlement.rules.columns.ordering import distinct_rows, is_row
from settlement.rules.entitlements.ledger import Credits, Leaves, merge_entitlements, no_leaves
from settlement.rules.entitlements.merkle import Tree
from settlement.rules.entitlements.tree_growth import grow_tree
from settlement.rules.epoch.causes import SETTLED_ON_CHAIN, verify_amount, verify_settleable
from settlement.rules.epoch.deposits import Deposits, deposit_rows, list_deposits, list_pools
from settlement.rules.epoch.digests import StageDigest, StageRows, digest_events, digest_rows
from settlement.rules.epoch.report import Network, Outcome, Totals, build_report, encode_canonical, hash_report
from settlement.rules.epoch.stages import AmountRows, aggregate_rows, amount_rows, gather_amounts, leaf_rows
from settlement.rules.facts.aggregates import Aggregates
from settlement.rules.facts.epoch_facts import EpochFacts, RulesetChoice, Weights, choose_ruleset
from settlement.rules.rulesets.allocation import Allocation, PaperParameters, ruleset_named
from settlement.rules.rulesets.bonus_pools import return_deposits


@dataclass(frozen=True, slots=True)
class Previous:
    """What the epoch before left: its report hash (zero before the first), all entitlements, and their tree if kept."""

    report_hash: Hash32
    leaves: Leaves
    tree: Tree | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settled epoch: report bytes and hash, root, the columns of every stage, `facts` it came from.

    The stage of aggregates is the aggregates of `facts` and `pools`, the rows of its bonus pools. `is_voided`: it pays
    nothing of the emission, and `pool` is 0.
    """

    facts: EpochFacts
    document: bytes
    report_hash: Hash32
    root: Hash32
    is_voided: bool
    pool: int
    distributed: int
    remainder: int
    pools: Aggregates
    deposits: Deposits
    amounts: AmountRows
    leaves: Leaves
    tree: Tree
    events_digest: StageDigest
    stage_rows: dict[str, StageRows]


def compute_settlement(
    network: Network, facts: EpochFacts, configured: RulesetChoice, previous: Previous, opening: Credits
) -> Settlement:
    """Return the settlement of an epoch; `opening` are the balances of the file that its facts name, mostly none.

    UnsoundError if the epoch must not be settled.
    """
    weights = verify_settleable(facts)
    allocation = return_all(facts) if weights is None else allocate(facts, weights, configured)
    pools, deposits = list_pools(facts.bonuses, allocation.bonuses), list_deposits(facts.bonuses, allocation.bonuses)
    amounts = gather_amounts(facts.aggregates, allocation, facts.corrections, opening, network.token)
    leaves = merge_entitlements(previous.leaves, Credits(amounts.token, amounts.account, amounts.amount))
    tree = grow_tree(previous.leaves, previous.tree, leaves)
    stage_rows = {
        "aggregates": aggregate_rows(facts.aggregates, pools),
        "deposits": deposit_rows(deposits),
        "amounts": amount_rows(amounts),
        "leaves": leaf_rows(leaves),
    }
    events = digest_events(facts.events.numbers, facts.events.hashes, facts.events.counts)
    outcome = Outcome(
        root=Hash32(tree.root),
        choice=None if weights is None else choose_ruleset(facts.choice, configured),
        weights=weights,
        allocation=allocation,
        totals=_totals(amounts, leaves),
        stages={"events": events} | {name: digest_rows(rows) for name, rows in stage_rows.items()},
    )
    document = encode_canonical(build_report(network, facts, outcome, previous.report_hash))
    return Settlement(
        facts=facts,
        document=document,
        report_hash=hash_report(document),
        root=outcome.root,
        is_voided=weights is None,
        pool=outcome.pool,
        distributed=allocation.distributed,
        remainder=allocation.remainder,
        pools=pools,
        deposits=deposits,
        amounts=amounts,
        leaves=leaves,
        tree=tree,
        events_digest=events,
        stage_rows=stage_rows,
    )


def allocate(facts: EpochFacts, weights: Weights, configured: RulesetChoice) -> Allocation:
    """Return the amounts of an epoch by the ruleset in force; InputError if it is the configuration's and not one."""
    choice = choose_ruleset(facts.choice, configured)
    parameters = paper_parameters(facts, weights, choice)
    return ruleset_named(choice.ruleset).allocate(parameters, facts.aggregates, facts.bonuses)


def return_all(facts: EpochFacts) -> Allocation:
    """Return the amounts of a voided epoch: every bonus deposit goes back whole."""
    return Allocation(
        amounts=no_amounts(),
        listed=np.zeros(0, dtype=np.bool_),
        bonuses=return_deposits(facts.bonuses),
        distributed=0,
        remainder=0,
        floors=0,
        spare=None,
    )


def paper_parameters(facts: EpochFacts, weights: Weights, choice: RulesetChoice) -> PaperParameters:
    """Return the parameters of the paper's rulesets that are in force; InputError if the ruleset takes others."""
    if choice.ruleset not in SETTLED_ON_CHAIN:
        raise InputError(
            f"ruleset {choice.ruleset!r} cannot settle this network",
            expected=" or ".join(SETTLED_ON_CHAIN),
            got=choice.ruleset,
            where=f"settlement.ruleset, for epoch {facts.epoch}",
            remedy="its parameters are in no event here; `pozk allocate` evaluates it from a file",
        )
    return PaperParameters(
        pool=facts.emission,
        a=weights.a,
        b=weights.b,
        c=weights.c,
        d=weights.d,
        usage_unit=weights.usage_unit,
        total_app_staking=facts.total_app_staking,
        total_staking=facts.total_staking,
        residual=choice.residual,
    )


def _totals(amounts: AmountRows, leaves: Leaves) -> Totals:
    """Return (token, amount, cumulative) of every token with an entitlement, ascending."""
    totals = []
    for token in distinct_rows(leaves.token):
        cumulative = sum_amounts(leaves.cumulative[is_row(leaves.token, token)])
        amount = sum_amounts(amounts.amount[is_row(amounts.token, token)])
        totals.append((Address(token), amount, verify_amount(cumulative, "the cumulative total of a token")))
    return totals


def nothing_before() -> Previous:
    """Return what comes before the first epoch: a zero hash and no entitlements."""
    return Previous(ZERO_HASH, no_leaves())
