"""The tree against the vectors, its proofs, and its dump."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.rules.consensus.keccak import keccak256
from indexer.words.errors import InputError
from settlement.rules.columns.ordering import SMALL_ROWS
from settlement.rules.entitlements.merkle import (
    build_tree,
    hash_pair,
    is_proven,
    leaf_hash,
    openzeppelin_dump,
    prove_rows,
)
from tests.settlement.rules.epoch_inputs import seeded

pytestmark = pytest.mark.slow  # calls compiled kernels

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "merkle.json").read_text())
ROWS = st.lists(
    st.tuples(st.binary(min_size=20, max_size=20), st.binary(min_size=20, max_size=20), st.integers(0, 2**256 - 1)),
    max_size=40,
    unique_by=lambda row: row[:2],
)


def columns(rows):
    """Return (account, token, cumulative) rows as columns."""
    parts = (b"".join(row[0] for row in rows), b"".join(row[1] for row in rows))
    accounts, tokens = (np.frombuffer(part, dtype=np.uint8).reshape(-1, 20) for part in parts)
    words = b"".join(row[2].to_bytes(32, "big") for row in rows)
    return accounts, tokens, np.frombuffer(words, dtype=np.uint8).reshape(-1, 32)


def parsed(rows):
    """Return a vector's rows as bytes and ints."""
    return [(bytes.fromhex(account[2:]), bytes.fromhex(token[2:]), int(total)) for account, token, total in rows]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: len(case["rows"]))
def test_build_tree__each_vector__has_its_nodes_and_root(case):
    tree = build_tree(*columns(parsed(case["rows"])))
    assert ["0x" + node.tobytes().hex() for node in tree.nodes] == case["tree"]
    assert "0x" + tree.root.hex() == case["root"]


@given(ROWS)
@settings(max_examples=60)
def test_proofs__of_every_row__lead_to_the_root_and_nowhere_else(rows):
    tree = build_tree(*columns(rows))
    bulk = prove_rows(tree, np.arange(len(rows)))
    for row, (account, token, total) in enumerate(rows):
        leaf, proof = leaf_hash(account, token, total), tree.proof(row)
        assert [node.tobytes() for node in bulk.siblings[bulk.starts[row] : bulk.starts[row + 1]]] == proof
        assert is_proven(tree.root, leaf, proof)
        assert not is_proven(tree.root, leaf_hash(account, token, total ^ 1), proof)


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_build_tree__rows_permuted__has_the_same_nodes(rows, shuffler):
    shuffled = shuffler.sample(rows, len(rows))
    assert (build_tree(*columns(rows)).nodes == build_tree(*columns(shuffled)).nodes).all()


def test_build_tree__no_rows__has_the_zero_root():
    assert build_tree(*columns([])).root == bytes(32)


def test_build_tree__one_row__has_an_empty_proof():
    tree = build_tree(*columns([(b"a" * 20, b"b" * 20, 2**256 - 1)]))
    assert tree.proof(0) == []
    assert tree.root == leaf_hash(b"a" * 20, b"b" * 20, 2**256 - 1)


def test_build_tree__a_duplicate_key__is_refused():
    with pytest.raises(InputError, match="duplicate"):
        build_tree(*columns([(b"a" * 20, b"b" * 20, 1), (b"c" * 20, b"b" * 20, 1), (b"a" * 20, b"b" * 20, 2)]))


@pytest.mark.parametrize("count", [SMALL_ROWS, SMALL_ROWS + 1, 700, 1021])
def test_build_tree__around_the_size_where_the_kernel_starts__is_hashed_alike(count):
    source = seeded(count)
    rows = [(source.randbytes(20), source.randbytes(20), source.getrandbits(256)) for _ in range(count)]
    tree = build_tree(*columns(rows))
    nodes = [node.tobytes() for node in tree.nodes]
    assert nodes[count - 1 :] == sorted((leaf_hash(*row) for row in rows), reverse=True)
    assert all(nodes[n] == hash_pair(nodes[2 * n + 1], nodes[2 * n + 2]) for n in range(count - 1))


def test_openzeppelin_dump__of_a_vector__names_each_value_and_its_node():
    case = VECTORS[3]
    rows = parsed(case["rows"])
    dump = openzeppelin_dump(build_tree(*columns(rows)), *columns(rows))
    assert dump["tree"] == case["tree"]
    assert [value["value"] for value in dump["values"]] == case["rows"]
    for value, (account, token, total) in zip(dump["values"], rows, strict=True):
        assert dump["tree"][value["treeIndex"]] == "0x" + leaf_hash(account, token, total).hex()


def test_leaf_hash__of_a_row__is_the_double_hash_of_its_abi_encoding():
    encoded = bytes(12) + b"a" * 20 + bytes(12) + b"b" * 20 + (5).to_bytes(32, "big")
    assert leaf_hash(b"a" * 20, b"b" * 20, 5) == keccak256(keccak256(encoded))
