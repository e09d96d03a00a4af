"""Aggregates arranged by app, and what contradicts itself."""

import dataclasses

import numpy as np
import pytest

from indexer.words.errors import UnsoundError
from settlement.rules.allocation.participation import arrange_participants, checked_sum, sums_by_app
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints
from settlement.rules.facts.aggregates import Aggregates
from tests.settlement.rules.epoch_inputs import seeded

APPS = [bytes([n]) * 20 for n in (3, 1)]
ROWS = [
    (0, APPS[0], bytes(20), 5, 6),
    (1, APPS[0], b"m" * 20, 7, 8),
    (0, APPS[1], bytes(20), 1, 2),
    (2, APPS[0], b"m" * 20, 3, 0),
    (1, APPS[0], b"n" * 20, 2**70, 1),
    (2, APPS[1], b"m" * 20, 0, 9),
]


def aggregates(rows):
    """Return (kind, app, account, x, stake) rows as columns."""
    return Aggregates(
        np.array([row[0] for row in rows], dtype=np.uint8),
        addresses_from_bytes([row[1] for row in rows]),
        addresses_from_bytes([row[2] for row in rows]),
        amounts_from_ints(row[3] for row in rows),
        amounts_from_ints(row[4] for row in rows),
    )


def test_arrange_participants__rows_in_any_order__sums_by_role_and_app():
    participants = arrange_participants(aggregates(ROWS))
    assert participants.x_sum == [[7 + 2**70, 0], [3, 0]]
    assert participants.stake_sum == [[9, 0], [0, 9]]
    assert participants.place.tolist() == [0, 0, 0, 1]
    assert participants.role.tolist() == [0, 1, 0, 1]
    assert participants.counted.tolist() == [True, False]


@pytest.mark.parametrize("repeated", range(len(ROWS)))
def test_arrange_participants__a_repeated_key__is_refused(repeated):
    with pytest.raises(UnsoundError, match="one key"):
        arrange_participants(aggregates([*ROWS, (*ROWS[repeated][:3], 0, 0)]))


def test_arrange_participants__a_row_without_its_app__is_refused():
    with pytest.raises(UnsoundError, match="no row of its app, expected one of kind 0, got 0x7878"):
        arrange_participants(aggregates([*ROWS, (1, b"x" * 20, b"m" * 20, 1, 1)]))


def test_arrange_participants__stakes_of_all_miners__are_kept_by_app_and_other_kinds_are_not_read():
    derived = [(kind, APPS[1], bytes(20), 9, 9) for kind in (3, 4, 5)]
    participants = arrange_participants(aggregates([*derived, (6, APPS[1], bytes(20), 0, 77), *ROWS]))
    assert participants.miner_stake == {1: 77}
    assert participants.x_sum == arrange_participants(aggregates(ROWS)).x_sum
    with pytest.raises(UnsoundError, match="no row of its app"):
        arrange_participants(aggregates([*ROWS, (6, b"x" * 20, bytes(20), 0, 1)]))


def test_arrange_participants__an_unknown_kind__is_refused():
    with pytest.raises(UnsoundError, match="kind"):
        arrange_participants(dataclasses.replace(aggregates(ROWS), kind=np.full(6, 7, dtype=np.uint8)))


def test_sums_by_app__large_amounts__are_exact():
    source = seeded(3)
    values = [source.randrange(10**38) for _ in range(500)]
    place = np.array([source.randrange(3) for _ in values])
    role = np.array([source.randrange(2) for _ in values], dtype=np.uint8)
    sums = sums_by_app(amounts_from_ints(values), place, role, 3)
    for one_role in range(2):
        for app in range(3):
            own = [v for v, r, p in zip(values, role, place, strict=True) if (r, p) == (one_role, app)]
            assert sums[one_role][app] == sum(own)


def test_checked_sum__above_the_limit__stops():
    assert checked_sum([10**38 - 2, 1], "work") == 10**38 - 1
    with pytest.raises(UnsoundError, match="work is out of range"):
        checked_sum([10**38 - 1, 1], "work")
