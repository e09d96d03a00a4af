"""Stakes that were counted apart, or kept in between, are those of all changes."""

import pickle
import random
from collections import defaultdict

import pyarrow as pa
import pytest

from settlement.rules.second_reading.stake_tally import StakeTally, tally_kept

APPS = [bytes([place]) * 20 for place in range(5)]
ACCOUNTS = [bytes([place % 3]) * 19 + bytes([place]) for place in range(9)]
SCHEMA = pa.schema(
    [
        *((name, pa.binary()) for name in ("app", "account")),
        *(("role", pa.uint8()), ("delta", pa.decimal128(38, 0)), ("effective_epoch", pa.uint64())),
    ]
)


def stake_changes(source, count):
    rows = [
        {
            "app": source.choice(APPS),
            "account": source.choice(ACCOUNTS),
            "role": source.randrange(2),
            "delta": source.choice([5, -4, 3 * 10**36]),
            "effective_epoch": source.choice([1, 2]),
        }
        for _ in range(count)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


@pytest.mark.parametrize("shard", [None, 1])
def test_merge__stakes_counted_in_several_processes__is_what_one_counts(shard):
    source, whole, merged = random.Random(7), StakeTally(1, shard), StakeTally(1, shard)
    for count in (30, 12):
        part, rows = StakeTally(1, shard), stake_changes(source, count)
        for tally in (whole, part):
            tally.add(rows)
        merged.merge(pickle.loads(pickle.dumps(part)))  # noqa: S301 - as executors send it
    assert (merged.totals, merged.all_totals, merged.sketch) == (whole.totals, whole.all_totals, whole.sketch)
    assert merged.of_app == whole.of_app
    assert dict(merged.own) == dict(whole.own)


def kept_after(changes, epoch):
    """Return the sums of changes as they are kept: what is effective by the epoch as of it."""
    sums = defaultdict(int)
    for row in changes.to_pylist():
        key = row["app"], row["account"], row["role"], max(row["effective_epoch"], epoch)
        sums[key] += int(row["delta"])
    names = ("app", "account", "role", "effective_epoch")
    return pa.Table.from_pylist([dict(zip(names, key, strict=True), delta=sums[key]) for key in sums], SCHEMA)


def test_tally_kept__sums_of_changes__the_totals_and_the_sketch_of_the_changes():
    rows, whole = stake_changes(random.Random(8), 60), StakeTally(1, None)
    whole.add(rows)
    kept = kept_after(rows, 1)
    tally = tally_kept(1, kept)
    assert (tally.all_totals, tally.sketch) == (whole.all_totals, whole.sketch)
    amounts = kept["delta"].to_pylist()
    for other in (amounts[1:] + amounts[:1], [amounts[1], amounts[0], *amounts[2:]]):
        changed = kept.set_column(
            kept.schema.get_field_index("delta"), "delta", pa.array(other, SCHEMA.field("delta").type)
        )
        assert tally_kept(1, changed).sketch != whole.sketch


def test_add__changes_of_any_size__sums_of_apps_are_those_of_their_accounts():
    tally = StakeTally(1, None)
    tally.add(stake_changes(random.Random(9), 80))
    of_app = defaultdict(int)
    for (role, app, _), stake in tally.own.items():
        of_app[role, app] += stake
    assert {key: stake for key, stake in tally.of_app.items() if stake} == {k: v for k, v in of_app.items() if v}
    assert tally.totals == [sum(v for (role, _), v in of_app.items() if role == each) for each in (0, 1)]
