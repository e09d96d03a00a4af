import numpy as np

from settlement.rules.allocation.amounts import Allocation, BonusRows
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints, amounts_to_ints
from settlement.rules.entitlements.ledger import Credits, Leaves, no_leaves
from settlement.rules.entitlements.opening import no_opening
from settlement.rules.epoch.digests import digest_rows
from settlement.rules.epoch.stages import (
    aggregate_rows,
    amount_rows,
    digest_aggregates,
    digest_amounts,
    digest_leaves,
    gather_amounts,
    leaf_rows,
)
from settlement.rules.facts.aggregates import Aggregates, arrange_aggregates, take_aggregates
from settlement.rules.facts.epoch_facts import Correction

APP, ANN, BEN, TOKEN, OTHER, ZERO = (bytes([n]) * 20 for n in (5, 0xA1, 0xB2, 7, 8, 0))


def addresses(*values):
    return addresses_from_bytes(list(values))


def aggregates():
    return Aggregates(
        kind=np.array([0, 1, 2], dtype=np.uint8),
        app=addresses(APP, APP, APP),
        account=addresses(ZERO, ANN, BEN),
        x=amounts_from_ints([10, 20, 30]),
        stake=amounts_from_ints([1, 2, 3]),
    )


def allocation(amounts, bonuses):
    return Allocation(
        amounts=amounts_from_ints(amounts),
        listed=np.ones(len(amounts), dtype=np.bool_),
        bonuses=BonusRows(
            token=addresses(*(row[0] for row in bonuses)),
            account=addresses(*(row[1] for row in bonuses)),
            app=addresses(*(row[2] for row in bonuses)),
            role=np.array([row[3] for row in bonuses], dtype=np.uint8),
            amount=amounts_from_ints([row[4] for row in bonuses]),
        ),
        distributed=sum(amounts),
        remainder=0,
        floors=sum(amounts),
        spare=None,
    )


def as_tuples(rows):
    columns = (rows.token, rows.account, rows.app)
    return [
        (*(bytes(column[at]) for column in columns), int(rows.role[at]), amount)
        for at, amount in enumerate(amounts_to_ints(rows.amount))
    ]


def test_gather_amounts__emission_bonus_correction_and_opening__are_sorted_and_positive():
    allocated, corrections = allocation([5, 0], [(OTHER, BEN, APP, 2, 9)]), (Correction(ANN, OTHER, 4),)
    opening = Credits(addresses(OTHER), addresses(ANN), amounts_from_ints([7]))
    rows = gather_amounts(aggregates(), allocated, corrections, opening, TOKEN)
    assert as_tuples(rows) == [
        (TOKEN, ANN, APP, 0, 5),
        (OTHER, ANN, ZERO, 3, 4),
        (OTHER, ANN, ZERO, 4, 7),
        (OTHER, BEN, APP, 2, 9),
    ]


def test_gather_amounts__bonus_in_the_reward_token__is_added_to_the_row_of_its_key():
    rows = gather_amounts(aggregates(), allocation([5, 6], [(TOKEN, ANN, APP, 0, 10**30)]), (), no_opening(), TOKEN)
    assert as_tuples(rows) == [(TOKEN, ANN, APP, 0, 10**30 + 5), (TOKEN, BEN, APP, 1, 6)]


def test_gather_amounts__nobody_paid__is_empty():
    assert len(gather_amounts(aggregates(), allocation([0, 0], []), (), no_opening(), TOKEN)) == 0


def test_aggregate_rows__layout_and_groups__are_those_of_the_specification():
    stage = aggregate_rows(aggregates())
    assert stage.groups.tolist() == [APP[0], ANN[0], BEN[0]]
    assert stage.rows[0].tobytes() == b"\0" + APP + ZERO + (10).to_bytes(32, "big") + (1).to_bytes(32, "big")
    assert stage.rows[1].tobytes() == b"\1" + APP + ANN + (20).to_bytes(32, "big") + (2).to_bytes(32, "big")


def test_amount_and_leaf_rows__layout__is_that_of_the_specification():
    rows = gather_amounts(aggregates(), allocation([5, 0], []), (), no_opening(), TOKEN)
    assert amount_rows(rows).rows[0].tobytes() == TOKEN + ANN + APP + b"\0" + (5).to_bytes(32, "big")
    leaves = Leaves(addresses(ANN), addresses(TOKEN), amounts_from_ints([10**38 - 1]))
    assert leaf_rows(leaves).rows[0].tobytes() == ANN + TOKEN + (10**38 - 1).to_bytes(32, "big")


def test_digest_aggregates_and_amounts__in_any_order__are_those_of_the_stages():
    rows = gather_amounts(aggregates(), allocation([5, 6], [(OTHER, BEN, APP, 2, 9)]), (), no_opening(), TOKEN)
    assert digest_amounts(rows) == digest_rows(amount_rows(rows))
    for places in ([0, 1, 2], [2, 0, 1]):
        taken = take_aggregates(aggregates(), np.array(places))
        assert digest_aggregates(taken) == digest_rows(aggregate_rows(aggregates()))
        arranged = arrange_aggregates(taken)
        assert [row[0] for row in arranged.account] == [ZERO[0], ANN[0], BEN[0]]
        assert amounts_to_ints(arranged.x) == [10, 20, 30]


def test_digest_leaves__in_their_order__is_that_of_the_stage_and_of_others_none():
    owed = [(bytes([2]) * 20, TOKEN, 1), (ANN, TOKEN, 2), (ANN, OTHER, 3), (BEN, TOKEN, 4)]
    leaves, swapped, twice = (
        Leaves(addresses(*accounts), addresses(*tokens), amounts_from_ints(list(amounts)))
        for accounts, tokens, amounts in (
            zip(*rows, strict=True)
            for rows in (owed, [owed[0], owed[2], owed[1], owed[3]], [owed[0], owed[0], *owed[2:]])
        )
    )
    assert digest_leaves(leaves) == digest_rows(leaf_rows(leaves))
    assert digest_leaves(swapped) is digest_leaves(twice) is None
    assert digest_leaves(no_leaves()) == digest_rows(leaf_rows(no_leaves()))
