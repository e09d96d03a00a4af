"""The file layout: found rows, verified proofs, refused headers."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.words.errors import UnsoundError
from settlement.rules.columns.conversions import addresses_from_bytes, addresses_to_bytes, amounts_from_ints
from settlement.rules.entitlements.ledger import Credits, Leaves, merge_entitlements, no_leaves
from settlement.rules.entitlements.merkle import Tree
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import (
    HEADER,
    TreeColumns,
    TreeLayout,
    parse_header,
    prove_account,
    rows_of_account,
)

pytestmark = pytest.mark.slow  # calls compiled kernels

KEY = st.sampled_from([bytes([n]) * 20 for n in (0, 1, 2, 255)])
ROWS = st.lists(st.tuples(KEY, KEY, st.integers(1, 10**37)), max_size=8)


def stored(rows):
    """Return (token, account, amount) rows as the columns of a file."""
    leaves = merge_entitlements(
        no_leaves(),
        Credits(
            addresses_from_bytes([row[0] for row in rows]),
            addresses_from_bytes([row[1] for row in rows]),
            amounts_from_ints(row[2] for row in rows),
        ),
    )
    return TreeColumns(leaves, tree_of(leaves))


@given(ROWS, KEY)
def test_prove_account__any_leaves__gives_every_token_of_the_account(rows, account):
    columns = stored(rows)
    expected = {}
    for token, owner, amount in rows:
        if owner == account:
            expected[token] = expected.get(token, 0) + amount
    proofs = prove_account(columns, account, columns.tree.root)
    assert [(proof.token, proof.cumulative) for proof in proofs] == sorted(expected.items())


@given(ROWS, KEY)
def test_rows_of_account__sorted_leaves__is_its_range(rows, account):
    leaves = stored(rows).leaves
    expected = [row for row, value in enumerate(addresses_to_bytes(leaves.account)) if value == account]
    assert list(rows_of_account(leaves, account)) == expected


def test_prove_account__a_damaged_node_or_amount__is_refused():
    columns = stored([(bytes(20), bytes([n]) * 20, 5) for n in range(5)])
    root = columns.tree.root
    nodes = columns.tree.nodes.copy()
    nodes[1:] ^= 1
    with pytest.raises(UnsoundError, match="does not lead"):
        prove_account(TreeColumns(columns.leaves, Tree(nodes, columns.tree.position)), bytes(20), root)
    more = Leaves(columns.leaves.account, columns.leaves.token, columns.leaves.cumulative + np.uint64(1))
    with pytest.raises(UnsoundError, match="does not lead"):
        prove_account(TreeColumns(more, columns.tree), bytes(20), root)


@pytest.mark.parametrize("count", [0, 1, 3, 1000])
def test_parse_header__of_a_layout__comes_back_and_sections_do_not_overlap(count):
    layout = TreeLayout(count, b"r" * 32, b"d" * 32)
    sections = layout.sections()
    assert parse_header(layout.header(), sections[-1].stop, "a file") == layout
    assert sections[0].start == HEADER.size == 128
    for before, after in itertools.pairwise(sections):
        assert before.stop <= after.start
        assert after.start % 64 == 0


@pytest.mark.parametrize(
    ("data", "size", "message"),
    [
        (b"", 0, "cut short"),
        (b"x" * 128, 128, "not a stored tree"),
        (TreeLayout(2, bytes(32), bytes(32)).header(), 128, "wrong size"),
    ],
)
def test_parse_header__what_is_no_tree__is_refused(data, size, message):
    with pytest.raises(UnsoundError, match=message):
        parse_header(data, size, "a file")
