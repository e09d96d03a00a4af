import numpy as np
import pytest
import rlp
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.rules.consensus.trie import EMPTY_ROOT, list_root
from indexer.rules.consensus.trie_kernel import list_roots

pytestmark = pytest.mark.slow  # calls compiled kernels


def reference_root(values):
    """A trie built by inserting one key after another, as the yellow paper's nodes of nibble paths."""
    tree = {}
    for index, value in enumerate(values):
        node = tree
        for nibble in rlp.encode(index).hex():
            node = node.setdefault(nibble, {})
        node["value"] = value
    return keccak(encode_node(tree, ""))


def encode_node(node, path):
    children = {nibble: child for nibble, child in node.items() if nibble != "value"}
    if not children:
        return rlp.encode([hex_prefix(path, 2), node["value"]])
    if len(children) == 1:
        nibble, child = next(iter(children.items()))
        return encode_node(child, path + nibble)
    slots = [child_reference(children[n]) if n in children else b"" for n in "0123456789abcdef"]
    branch = rlp.encode([*slots, b""])
    if not path:
        return branch
    return rlp.encode([hex_prefix(path, 0), rlp.decode(branch) if len(branch) < 32 else keccak(branch)])


def child_reference(child):
    encoded = encode_node(child, "")
    return rlp.decode(encoded) if len(encoded) < 32 else keccak(encoded)


def hex_prefix(path, flag):
    return bytes.fromhex(f"{flag + 1:x}{path}" if len(path) % 2 else f"{flag:x}0{path}")


@pytest.mark.parametrize("count", [1, 2, 3, 16, 17, 127, 128, 129, 130, 255, 256, 257, 300, 1000])
@pytest.mark.parametrize("size", [1, 4, 40])
def test_list_root__counts_around_the_key_lengths__as_the_reference(count, size):
    values = [(index.to_bytes(4, "big") * 10)[-size:] or b"\1" for index in range(1, count + 1)]
    assert list_root(values) == reference_root(values)


@settings(max_examples=50)
@given(st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=40))
def test_list_root__any_values__as_the_reference(values):
    assert list_root(values) == reference_root(values)


def test_list_root__no_values__the_known_root():
    assert list_root([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


def compiled_roots(lists):
    """Return the roots of several lists by the kernel that takes them all at once."""
    values = [value for each in lists for value in each]
    offsets = np.cumsum([0, *map(len, values)]).astype(np.int64)
    bounds = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    roots = np.zeros((len(lists), 32), dtype=np.uint8)
    list_roots(np.frombuffer(b"".join(values) + bytes(8), dtype=np.uint8), offsets, bounds, roots)
    return [row.tobytes() for row in roots]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 16, 17, 127, 128, 129, 130, 255, 256, 257, 300])
def test_list_roots__counts_around_the_key_lengths__as_one_by_one(count):
    sizes = np.random.default_rng(count).integers(1, 600, count)
    values = [np.random.default_rng(index).bytes(size) for index, size in enumerate(sizes)]
    lists = [values, [], values[:1], [value[:1] for value in values], values[::-1]]
    assert compiled_roots(lists) == list(map(list_root, lists))


@settings(max_examples=50)
@given(st.lists(st.lists(st.binary(min_size=1, max_size=200), max_size=40), max_size=5))
def test_list_roots__any_lists__as_one_by_one(lists):
    assert compiled_roots(lists) == list(map(list_root, lists))
