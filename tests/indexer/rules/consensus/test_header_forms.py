import pytest
import rlp
from eth_utils import keccak

from indexer.rules.consensus.header import encode_header, header_columns, unprovable_header, wrong_hashes
from indexer.rules.consensus.header_forms import header_items, is_aura, missing_members, number_of, unknown_members
from tests.indexer.rules.consensus.test_header import LATER, MAINNET_GENESIS

AURA = {name: value for name, value in MAINNET_GENESIS.items() if name not in ("mixHash", "nonce")}
SEAL = [rlp.encode((0x10C94F2A).to_bytes(4, "big")), rlp.encode(b"\x1b" * 65)]
AVALANCHE = MAINNET_GENESIS | {
    "extDataHash": "0x" + "e1" * 32,
    "baseFeePerGas": "0x5d21dba00",
    "extDataGasUsed": "0x0",
    "blockGasCost": "0x186a0",
    "blobGasUsed": "0x0",
    "excessBlobGas": "0x0",
    "parentBeaconBlockRoot": "0x" + "00" * 32,
    "timestampMilliseconds": "0x19a6a8a0b2c",
    "minDelayExcess": "0x7a1200",
}
AVALANCHE_ORDER = list(AVALANCHE)[16:]


def items_of(block):
    """The items as consensus has them, by another encoder: written from the form's description."""
    names = [name for name in MAINNET_GENESIS if name != "hash"][: 13 if is_aura(block) else 15]
    numbers = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp"}
    return [to_item(block[name], name in numbers) for name in names]


def to_item(text, is_number):
    if not is_number:
        return bytes.fromhex(text[2:])
    value = int(text, 16)
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def assert_proven(block, items):
    assert len(wrong_hashes(header_columns([block | {"hash": "0x" + keccak(rlp.encode(items)).hex()}]))) == 0
    assert unprovable_header(block, "node") is None


@pytest.mark.parametrize(
    "seal",
    [
        {"sealFields": ["0x" + item.hex() for item in SEAL]},
        {"step": "281628458", "signature": "1b" * 65},
        {"step": "0x10c94f2a", "signature": "0x" + "1b" * 65, "author": "0x" + "00" * 20},
        {"sealFields": ["0x" + item.hex() for item in SEAL], "step": "281628458", "signature": "1b" * 65},
        {"step": 281628458, "signature": "0x" + "1b" * 65, "mixHash": None, "nonce": None},
    ],
)
@pytest.mark.parametrize("later", [{}, {"baseFeePerGas": "0x7"}])
def test_header_items__aura_seal__two_items_in_the_place_of_mix_hash_and_nonce(seal, later):
    block = AURA | seal | later
    assert_proven(block, [*items_of(block), *(rlp.decode(item) for item in SEAL), *([b"\x07"] if later else [])])


@pytest.mark.parametrize("count", range(1, len(AVALANCHE_ORDER) + 1))
def test_header_items__avalanche_as_far_as_given__members_behind_the_nonce(count):
    block = {name: value for name, value in AVALANCHE.items() if name not in AVALANCHE_ORDER[count:]}
    hashes = {"extDataHash", "parentBeaconBlockRoot"}
    assert_proven(block, items_of(block) + [to_item(block[n], n not in hashes) for n in AVALANCHE_ORDER[:count]])


@pytest.mark.parametrize("name", ["gasUsed", "extDataHash", "blockGasCost"])
def test_wrong_hashes__avalanche_header_that_is_a_lie__found_and_no_excuse(name):
    block = AVALANCHE | {"hash": "0x" + keccak(encode_header(AVALANCHE)).hex(), "blockExtraData": "0x"}
    lie = block | {name: block[name][:-1] + "2"}
    assert list(wrong_hashes(header_columns([block, lie]))) == [1]
    assert unprovable_header(lie, "node") is None


def test_missing_members__gap_before_a_later_fork__named():
    block = MAINNET_GENESIS | LATER | {"withdrawalsRoot": None}
    assert missing_members(block) == ["withdrawalsRoot"]
    with pytest.raises(ValueError, match="header has no withdrawalsRoot"):
        header_items(block)


def test_unknown_members__null_or_known_to_stay_outside__none():
    assert unknown_members(MAINNET_GENESIS | {"extDataGasUsed": None, "sendRoot": "0x00", "size": "0x1"}) == []
    assert unknown_members(MAINNET_GENESIS | {"extDataGasUsed": "0x0", "abc": "0x0"}) == ["abc", "extDataGasUsed"]


@pytest.mark.parametrize("text", ["-0x1", "0x-1", "0x1_0", "1", "0x" + "1" * 65, "0xg", None, ""])
def test_number_of__what_is_no_number__refused(text):
    with pytest.raises(ValueError, match="expected 0x and up to 64 hex digits"):
        number_of(text)


def test_number_of__no_digits__zero():
    assert number_of("0x") == 0
    assert number_of("0x0010") == 16
