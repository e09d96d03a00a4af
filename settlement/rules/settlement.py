"""One epoch settled: from facts to amounts, leaves, root and report. Pure, so that settling and verifying agree."""

from dataclasses import dataclass

from indexer.words.errors import UnsoundError
from indexer.words.quantities import ZERO_HASH, Address, Hash32
from settlement.rules.allocation import Allocation, PaperParameters, ruleset_named
from settlement.rules.columns import sum_amounts
from settlement.rules.digests import StageDigest, StageRows, digest_events, digest_rows
from settlement.rules.facts import EpochFacts, RulesetChoice, Weights, choose_ruleset, verify_amount, verify_settleable
from settlement.rules.ledger import Credits, Leaves, merge_entitlements, no_leaves
from settlement.rules.merkle import Tree
from settlement.rules.ordering import distinct_rows, is_row
from settlement.rules.report import Network, Outcome, Totals, build_report, encode_canonical, hash_report
from settlement.rules.stages import AmountRows, aggregate_rows, amount_rows, gather_amounts, leaf_rows
from settlement.rules.tree_growth import grow_tree

SETTLED_ON_CHAIN = ("paper-v1", "paper-v2")
"""The rulesets whose parameters this network's events carry."""


@dataclass(frozen=True, slots=True)
class Previous:
    """What the epoch before left: its report hash (zero before the first), all entitlements, and their tree if kept."""

    report_hash: Hash32
    leaves: Leaves
    tree: Tree | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settled epoch: report bytes and hash, root, the columns of every stage, `facts` it came from."""

    facts: EpochFacts
    document: bytes
    report_hash: Hash32
    root: Hash32
    distributed: int
    remainder: int
    amounts: AmountRows
    leaves: Leaves
    tree: Tree
    events_digest: StageDigest
    stage_rows: dict[str, StageRows]


def compute_settlement(
    network: Network, facts: EpochFacts, configured: RulesetChoice, previous: Previous
) -> Settlement:
    """Return the settlement of an epoch.

    UnsoundError if the epoch must not be settled, InputError if the configuration contradicts the chain.
    """
    weights = verify_settleable(facts)
    choice = choose_ruleset(facts.choice, configured)
    allocation = _allocate(facts, weights, choice)
    amounts = gather_amounts(facts.aggregates, allocation, facts.corrections, network.token)
    leaves = merge_entitlements(previous.leaves, Credits(amounts.token, amounts.account, amounts.amount))
    tree = grow_tree(previous.leaves, previous.tree, leaves)
    root = Hash32(tree.root)
    stage_rows = {
        "aggregates": aggregate_rows(facts.aggregates),
        "amounts": amount_rows(amounts),
        "leaves": leaf_rows(leaves),
    }
    events = digest_events(facts.events.numbers, facts.events.hashes, facts.events.counts)
    outcome = Outcome(
        root=root,
        distributed=allocation.distributed,
        remainder=allocation.remainder,
        totals=_totals(amounts, leaves),
        stages={"events": events} | {name: digest_rows(rows) for name, rows in stage_rows.items()},
    )
    document = encode_canonical(build_report(network, facts, weights, choice, outcome, previous.report_hash))
    return Settlement(
        facts=facts,
        document=document,
        report_hash=hash_report(document),
        root=root,
        distributed=allocation.distributed,
        remainder=allocation.remainder,
        amounts=amounts,
        leaves=leaves,
        tree=tree,
        events_digest=events,
        stage_rows=stage_rows,
    )


def _allocate(facts: EpochFacts, weights: Weights, choice: RulesetChoice) -> Allocation:
    ruleset = ruleset_named(choice.ruleset)
    if ruleset.name not in SETTLED_ON_CHAIN:
        raise UnsoundError(
            f"ruleset {ruleset.name} cannot settle this network",
            expected=" or ".join(SETTLED_ON_CHAIN),
            got=ruleset.name,
            where=f"epoch {facts.epoch}",
            remedy="its parameters are in no event here; `pozk allocate` evaluates it from a file",
        )
    parameters = paper_parameters(facts, weights, choice)
    return ruleset.allocate(parameters, facts.aggregates, facts.bonuses)


def paper_parameters(facts: EpochFacts, weights: Weights, choice: RulesetChoice) -> PaperParameters:
    """Return the parameters of `paper-v1` that are in force."""
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
