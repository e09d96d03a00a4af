"""Lakes of made-up chains as Spark must read them: written at once, rolled back and written anew, or merged.

Forms, skews and choices of rulesets have periods without a common one: 48 seeds have each with each.
"""

import random

from indexer.adapters.store.small_files import merge_small_files
from indexer.words.blocks import BlockRef
from settlement.flows.settle import left_by
from settlement.flows.settling.settle_parts import settle_parts
from settlement.rules.entitlements.opening import no_opening
from settlement.rules.epoch.settlement import Previous, compute_settlement, nothing_before
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.rules.rulesets.registry import names_of
from tests.settlement.adapters.events import MadeUpChain, address, block_hash
from tests.settlement.readings import facts_of
from tests.settlement.test_golden import NETWORK, sound_chain

FORMS = ("plain", "rolled back", "merged")
SKEWS = ("none", "one app", "one account", "one block")
CHOICES = [(name, residual) for name in names_of("paper")[:2] for residual in ("rollover", "normalize")]


def form_of(seed):
    """Return how the lake of a seed was written."""
    return FORMS[seed % len(FORMS)]


def choice_of(seed):
    """Return the ruleset that the epochs of a seed are settled by."""
    return CHOICES[(seed + seed // 12) % len(CHOICES)]


def some_chain(seed):
    """Return a chain with everything that a settlement depends on, its proofs skewed in one of four ways."""
    chain, source = sound_chain(seed), random.Random(seed)
    proofs, skew = chain.events["proof_verified"], SKEWS[seed % len(SKEWS)]
    last = {proof["epoch"]: proof["block_number"] for proof in proofs}
    for place, proof in enumerate(list(proofs)):
        if skew == "one app" and source.random() < 0.9:
            proof["app"] = proofs[0]["app"]
        elif skew == "one account":
            proofs.append(proof | {"miner": address(5), "user": address(5), "log_index": 10_000 + place})
        elif skew == "one block" and source.random() < 0.9:
            proof |= {"block_number": last[proof["epoch"]], "log_index": 20_000 + place}
    return chain


def fill(lake, chain, form):
    """Store a chain in one of the forms; the rows that count are the same."""
    middle = len(chain.blocks) // 2
    if form == "plain":
        chain.store(lake)
    elif form == "rolled back":
        chain.store(lake)
        lake.roll_back(BlockRef(middle, block_hash(middle)))
        part_of(chain, middle + 1, len(chain.blocks)).store(lake)
    else:
        for low in range(0, len(chain.blocks), 5):
            part_of(chain, low, low + 5).store(lake)
        assert merge_small_files(lake, loose_files=2, stay_hours=0)


def part_of(chain, low, stop):
    """Return what some blocks of a chain hold, as a chain of its own."""
    return MadeUpChain(
        blocks=chain.blocks[low:stop],
        events={
            table: [row for row in rows if low <= row["block_number"] < stop] for table, rows in chain.events.items()
        },
    )


def documents_of(facts, choice, epochs):
    """Return the reports, with their digests, and the roots of epochs by a ruleset that networks vote on."""
    found, previous = [], nothing_before()
    for epoch in epochs:
        settled = compute_settlement(NETWORK, facts_of(facts, epoch), RulesetChoice(*choice), previous, no_opening())
        found.append((settled.document, settled.root))
        previous = Previous(settled.report_hash, settled.leaves, settled.tree)
    return found


def documents_in_parts(facts, choice, epochs):
    """Return the same as `documents_of`, each epoch settled where its rows are."""
    found, previous = [], nothing_before()
    for epoch in epochs:
        with facts.load_facts(epoch, apart=True) as reading:
            assert reading.parts is not None
            settled = settle_parts(
                NETWORK, reading.facts, RulesetChoice(*choice), previous, no_opening(), reading.parts
            )
        found.append((settled.document, settled.root))
        previous = left_by(settled)
    return found
