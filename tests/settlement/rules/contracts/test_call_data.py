"""Against eth-abi, which nothing in the module knows."""

import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector
from hypothesis import given
from hypothesis import strategies as st

from settlement.adapters.chain.distributor_abi import DESK_ABI, DISTRIBUTOR_ABI, RELAY_ABI
from settlement.rules.contracts.call_data import encode_arguments, encode_call

FUNCTIONS = [
    (entry["name"], tuple(each["type"] for each in entry["inputs"])) for entry in DISTRIBUTOR_ABI + DESK_ABI + RELAY_ABI
]


def values_of(kind):
    """Return a strategy of values of a type."""
    if kind.endswith("[]"):
        return st.lists(values_of(kind.removesuffix("[]")), max_size=4)
    if kind.startswith("uint"):
        return st.integers(0, 2 ** int(kind[4:]) - 1)
    sizes = {"address": (20, 20), "bytes": (0, 70), "bytes32": (32, 32), "bytes4": (4, 4)}
    return st.booleans() if kind == "bool" else st.binary(min_size=sizes[kind][0], max_size=sizes[kind][1])


@pytest.mark.parametrize(("name", "types"), FUNCTIONS, ids=[name for name, _ in FUNCTIONS])
@given(data=st.data())
def test_encode_call__any_arguments_of_our_contracts__as_eth_abi_does(name, types, data):
    arguments = data.draw(st.tuples(*map(values_of, types)))
    signature = f"{name}({','.join(types)})"
    expected = function_signature_to_4byte_selector(signature) + encode(types, arguments)
    assert encode_call(name, types, list(arguments)) == expected


@given(data=st.data())
def test_encode_arguments__arrays_of_arrays_and_bytes__as_eth_abi_does(data):
    types = data.draw(st.lists(st.sampled_from(["bytes[][]", "bool", "bytes4[]", "bytes", "uint8", "bytes32[][]"])))
    arguments = data.draw(st.tuples(*map(values_of, types)))
    assert encode_arguments(types, arguments) == encode(types, arguments)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("uint64", 2**64), ("uint256", -1), ("uint8", 256), ("bool", 1), ("address", bytes(19))),
        *(("bytes32", bytes(31)), ("bytes32", "0x00"), ("string", "a"), ("address", "0x" + "00" * 20), ("bytes", "a")),
    ],
)
def test_encode_arguments__value_of_another_type__refused(kind, value):
    with pytest.raises((ValueError, OverflowError)):
        encode_arguments([kind], [value])


def test_encode_arguments__one_too_few__refused():
    with pytest.raises(ValueError, match="zip"):
        encode_arguments(["uint8", "uint8"], [1])
