import pytest
import rlp

from indexer.rules.consensus.receipt_forms import find_rooted, unusual_types
from indexer.rules.consensus.trie import list_root
from tests.indexer.rules.consensus.test_receipt import LOG, RECEIPT

STATE_ROOT = "0x" + "55" * 32


def receipt(gas, **fields):
    return RECEIPT | {"cumulativeGasUsed": hex(gas)} | fields


def body(each, *extras, outcome=b"\1"):
    """The consensus list of a receipt by another encoder."""
    log = [bytes.fromhex(LOG["address"][2:]), [bytes.fromhex(t[2:]) for t in LOG["topics"]], b"\xab\xcd"]
    gas = int(each["cumulativeGasUsed"], 16)
    return rlp.encode([outcome, gas.to_bytes((gas.bit_length() + 7) // 8, "big"), bytes(256), [log], *extras])


def test_find_rooted__arbitrum_block__type_byte_and_the_usual_four():
    found = [receipt(0, type="0x6a", gasUsed="0x0"), receipt(0x5208)]
    assert find_rooted(found, list_root([b"\x6a" + body(found[0]), b"\x02" + body(found[1])])) == 2


def test_find_rooted__arbitrum_before_nitro__no_type_byte():
    found = [receipt(0, type="0x6a"), receipt(0x5208, type="0x78")]
    assert find_rooted(found, list_root([b"\x6a" + body(found[0]), body(found[1])])) == 2


def test_find_rooted__celo__base_fee_behind_the_four():
    found = [receipt(0x5208), receipt(0xA410, type="0x7b", baseFee="0x7")]
    assert find_rooted(found, list_root([b"\x02" + body(found[0]), b"\x7b" + body(found[1], b"\x07")])) == 2


@pytest.mark.parametrize(
    ("fields", "extras"),
    [
        ({"depositNonce": "0x9", "depositReceiptVersion": "0x1"}, [b"\x09", b"\x01"]),
        ({"depositNonce": "0x9", "depositReceiptVersion": "0x1"}, []),
        ({"depositNonce": "0x9"}, [b"\x09"]),
        ({"depositNonce": "0x9"}, []),
        ({}, []),
    ],
)
def test_find_rooted__deposit_with_members_of_two_eras__what_the_root_says(fields, extras):
    found = [receipt(0x5208, type="0x7e", **fields), receipt(0xA410)]
    assert find_rooted(found, list_root([b"\x7e" + body(found[0], *extras), b"\x02" + body(found[1])])) == 2


@pytest.mark.parametrize("beside", [[], [receipt(0, type="0x0")]])
def test_find_rooted__deposits_of_two_eras_in_one_block__each_by_its_own_members(beside):
    found = [
        receipt(0x5208, type="0x7e", depositNonce="0x9", depositReceiptVersion="0x1"),
        receipt(0xA410, type="0x7e", depositNonce="0x9"),
    ]
    items = [b"\x7e" + body(found[0], b"\x09", b"\x01"), b"\x7e" + body(found[1])]
    assert find_rooted([*found, *beside], list_root(items)) == 2


@pytest.mark.parametrize("outcome", [b"\1", b"\x55" * 32])
def test_find_rooted__status_and_state_root__what_the_root_says(outcome):
    found = [receipt(0x5208, type="0x0", root=STATE_ROOT)]
    assert find_rooted(found, list_root([body(found[0], outcome=outcome)])) == 1


@pytest.mark.parametrize("last_gas", [0, 0x5208])
def test_find_rooted__receipt_at_the_end_that_spent_no_gas__left_out(last_gas):
    found = [receipt(0x5208), receipt(last_gas, type="0x0", gasUsed="0x0")]
    root = list_root([b"\x02" + body(found[0])])
    assert find_rooted(found, root) == 1
    assert find_rooted(found[1:], list_root([])) == (0 if last_gas == 0 else None)


def test_find_rooted__receipt_that_spent_gas_left_out_of_the_root__none():
    found = [receipt(0x5208), receipt(0xA410)]
    assert find_rooted(found, list_root([b"\x02" + body(found[0])])) is None


def test_find_rooted__a_log_changed__none():
    found = [receipt(0x5208, type="0x6a")]
    root = list_root([b"\x6a" + body(found[0])])
    assert find_rooted([found[0] | {"logs": []}], root) is None


def test_find_rooted__many_types_at_once__ends():
    found = [receipt(0x5208 * at, type=hex(0x40 + at), baseFee="0x1") for at in range(1, 30)]
    assert find_rooted(found, bytes(32)) is None


def test_unusual_types__known_and_others__the_others():
    assert unusual_types([receipt(1), receipt(1, type="0x6a"), receipt(1, type="0x0"), receipt(1, type=None)]) == [0x6A]
