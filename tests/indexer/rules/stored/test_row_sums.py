import random

import numpy as np
import pyarrow as pa
import pytest

from indexer.rules.consensus.keccak import keccak256
from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.stored import row_sums
from indexer.rules.stored.row_hash import FACTORS
from indexer.rules.stored.row_sums import RowSums, sum_by_group, sum_rows

pytestmark = pytest.mark.slow  # calls compiled kernels

AMOUNT, MASK = pa.decimal128(38, 0), 2**64 - 1
AMOUNTS = {argument.column for kind in REFERENCE.kinds for argument in kind.arguments if argument.is_amount}


@pytest.fixture(autouse=True, params=[0, row_sums._FEW], ids=["compiled", "numpy"])
def few(request, monkeypatch):
    """Rows that are few enough for numpy: none, all."""
    monkeypatch.setattr(row_sums, "_FEW", request.param)


def plain_hash(table, row, columns):
    """Return the hash of one row by the words of the definition."""
    seed = keccak256(table.encode())
    lanes = []
    for lane, factor in enumerate(map(int, FACTORS)):
        state = int.from_bytes(seed[8 * lane : 8 * lane + 8], "little")
        for column in columns:
            for word in words_of(row[column], column):
                state = (state * factor + word) & MASK
        lanes.append(mixed(state))
    return lanes[0] | lanes[1] << 64


def words_of(value, column):
    if isinstance(value, bytes):
        parts = [value[at : at + 8] for at in range(0, len(value), 8)]
        return [len(value), *(int.from_bytes(part, "little") for part in parts)]
    if column in AMOUNTS:
        return [value & MASK, (value >> 64) & MASK]
    return [value]


def mixed(lane):
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        lane = ((lane ^ lane >> 33) * factor) & MASK
    return lane ^ lane >> 33


def random_rows(rng, kind, count):
    rows = []
    for number in range(count):
        row = {"block_number": number, "log_index": rng.randrange(9), "tx_index": 0}
        row |= {"tx_hash": rng.randbytes(32), "address": rng.randbytes(20)}
        for argument in kind.arguments:
            if argument.is_amount:
                row[argument.column] = rng.choice([0, 1, 10**38 - 1, -(10**30) if argument.abi_type == "int256" else 5])
            elif argument.abi_type == "address":
                row[argument.column] = rng.randbytes(20)
            elif argument.abi_type.startswith("uint") and argument.abi_type != "uint256":
                row[argument.column] = rng.randrange(3)
            else:
                row[argument.column] = rng.randbytes(rng.choice([0, 3, 8, 32, 41]))
        rows.append(row)
    return rows


def as_table(kind, rows):
    amounts = {argument.column for argument in kind.arguments if argument.is_amount}
    types = dict.fromkeys(amounts, AMOUNT) | {"gates": pa.uint64()}
    return pa.table({name: pa.array([row[name] for row in rows], types.get(name)) for name in rows[0]})


@pytest.mark.parametrize("kind", REFERENCE.kinds, ids=lambda kind: kind.name)
def test_sum_rows__random_rows_of_every_kind__the_definition_in_any_order_and_chunks(kind):
    rng = random.Random(kind.name)
    rows = random_rows(rng, kind, 20)
    table, columns = as_table(kind, rows), REFERENCE.columns_of(kind.table)
    found = sum_rows(REFERENCE, kind.table, table)
    assert found.rows == 20
    assert found.hashes == sum(plain_hash(kind.table, row, columns) for row in rows) % 2**128
    lean = REFERENCE.lean.get(kind.table)
    assert found.lean == (sum(plain_hash(kind.table, row, lean) for row in rows) % 2**128 if lean else 0)
    shuffled = table.take(pa.array(rng.sample(range(20), 20)))
    assert sum_rows(REFERENCE, kind.table, pa.concat_tables([shuffled[:7], shuffled[7:]])) == found


def test_sum_rows__dictionaries_and_slices__the_same():
    kind = REFERENCE.by_name["ProofVerified"]
    table = as_table(kind, random_rows(random.Random(1), kind, 30))
    coded = table.set_column(table.column_names.index("app"), "app", table["app"].dictionary_encode())
    assert sum_rows(REFERENCE, "proof_verified", coded[5:20]) == sum_rows(REFERENCE, "proof_verified", table[5:20])
    lean = coded.select(REFERENCE.lean["proof_verified"])
    assert sum_rows(REFERENCE, "proof_verified", lean).lean == sum_rows(REFERENCE, "proof_verified", table).lean


def test_sum_rows__money__exact_sums_by_scheme_role_and_sign():
    kind = REFERENCE.by_name["StakeChanged"]
    rows = random_rows(random.Random(2), kind, 4)
    for row, role, delta in zip(rows, (0, 0, 1, 1), (10**38 - 1, 10**38 - 1, -5, 7), strict=True):
        row |= {"role": role, "delta": delta}
    assert sum_rows(REFERENCE, "stake_changed", as_table(kind, rows)).amounts == {
        "delta of role 0": 2 * (10**38 - 1),
        "delta of role 1": 7,
        "delta of role 1 taken": 5,
    }
    proofs = random_rows(random.Random(3), REFERENCE.by_name["ProofVerified"], 3)
    for row, scheme in zip(proofs, (2, 2, 0), strict=True):
        row |= {"scheme": scheme, "gates": 2**64 - 1}
    amounts = sum_rows(REFERENCE, "proof_verified", as_table(REFERENCE.by_name["ProofVerified"], proofs)).amounts
    assert amounts == {"gates of scheme 0": 2**64 - 1, "gates of scheme 2": 2 * (2**64 - 1)}


def test_sum_rows__any_bit_flipped_or_two_addresses_swapped__another_sum():
    rng, kind = random.Random(4), REFERENCE.by_name["ProofVerified"]
    rows = random_rows(rng, kind, 3)
    before = sum_rows(REFERENCE, kind.table, as_table(kind, rows))
    for column in REFERENCE.columns_of(kind.table):
        changed = [dict(row) for row in rows]
        value = changed[1][column]
        if isinstance(value, bytes):
            changed[1][column] = bytes([value[0] ^ 1, *value[1:]]) if value else b"\0"
        else:
            changed[1][column] = value ^ 1
        found = sum_rows(REFERENCE, kind.table, as_table(kind, changed))
        assert found.hashes != before.hashes
        assert (found.lean != before.lean) == (column in REFERENCE.lean[kind.table])
    for one, other in ((0, 1), (1, 2)):
        swapped = [dict(row) for row in rows]
        swapped[one]["miner"], swapped[other]["miner"] = rows[other]["miner"], rows[one]["miner"]
        assert sum_rows(REFERENCE, kind.table, as_table(kind, swapped)).lean != before.lean


def test_plus__rows_taken_away_again__what_was_before():
    kind = REFERENCE.by_name["Claimed"]
    table = as_table(kind, random_rows(random.Random(5), kind, 9))
    whole, part = sum_rows(REFERENCE, kind.table, table), sum_rows(REFERENCE, kind.table, table[:4])
    assert whole.plus(part, -1) == sum_rows(REFERENCE, kind.table, table[4:])
    assert whole.plus(whole, -1) == RowSums()


def test_sum_by_group__groups_and_rows_of_none__each_its_own():
    kind = REFERENCE.by_name["EmissionSet"]
    table = as_table(kind, random_rows(random.Random(6), kind, 10))
    group = np.array([0, 1, -1, 1, 0, 0, 1, -1, 1, 1])
    found = sum_by_group(REFERENCE, kind.table, table, group, 3)
    assert found[:2] == [sum_rows(REFERENCE, kind.table, table.filter(pa.array(group == place))) for place in (0, 1)]
    assert found[2] == RowSums()


def test_sum_rows__amounts_that_fill_both_words__exact_sums():
    kind = REFERENCE.by_name["StakeChanged"]
    rows = random_rows(random.Random(7), kind, 400)
    for row in rows:
        row |= {"role": 1, "delta": 10**38 - 1}
    assert sum_rows(REFERENCE, "stake_changed", as_table(kind, rows)).amounts == {"delta of role 1": 400 * (10**38 - 1)}


def test_sum_rows__byte_strings_of_every_length__compiled_and_numpy_agree(monkeypatch):
    lengths = [*range(70), 5000, 0, 1]
    values = [random.Random(n).randbytes(n) for n in lengths]
    table = pa.table({"number": pa.array(range(len(values)), pa.uint64()), "hash": values, "parent_hash": values})
    table = table.append_column("timestamp", table["number"]).append_column("our_logs", pa.array(lengths, pa.uint32()))
    found = set()
    for few in (0, len(values)):
        monkeypatch.setattr(row_sums, "_FEW", few)
        found.add((sum_rows(REFERENCE, "blocks", table).hashes, sum_rows(REFERENCE, "blocks", table[3:60]).hashes))
    assert len(found) == 1
