import numpy as np
import pytest
import rlp
from eth_utils import keccak

from indexer.rules.consensus.header import (
    broken_links,
    encode_header,
    header_columns,
    unprovable_header,
    wrong_hashes,
)
from indexer.rules.consensus.header_forms import FIELD_NAMES

EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
MAINNET_GENESIS = {
    "parentHash": "0x" + "00" * 32,
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "miner": "0x" + "00" * 20,
    "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    "transactionsRoot": EMPTY_ROOT,
    "receiptsRoot": EMPTY_ROOT,
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x400000000",
    "number": "0x0",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x0",
    "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    "mixHash": "0x" + "00" * 32,
    "nonce": "0x0000000000000042",
    "hash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
}
LATER = {
    "baseFeePerGas": "0x7",
    "withdrawalsRoot": EMPTY_ROOT,
    "blobGasUsed": "0x20000",
    "excessBlobGas": "0x0",
    "parentBeaconBlockRoot": "0x" + "ab" * 32,
    "requestsHash": "0x" + "cd" * 32,
}


def hashed(fields):
    return fields | {"hash": "0x" + keccak(encode_header(fields)).hex()}


def test_wrong_hashes__mainnet_genesis__none():
    assert len(wrong_hashes(header_columns([MAINNET_GENESIS]))) == 0


@pytest.mark.parametrize("count", range(len(LATER) + 1))
def test_encode_header__fields_of_each_fork__list_of_that_length(count):
    fields = MAINNET_GENESIS | dict(list(LATER.items())[:count])
    items = rlp.decode(encode_header(fields))
    assert len(items) == 15 + count
    assert items[7] == bytes.fromhex("0400000000")
    assert items[8] == b""
    if count:
        assert items[15] == b"\x07"


def test_encode_header__a_field_before_a_present_one_missing__refused():
    fields = MAINNET_GENESIS | LATER
    fields["withdrawalsRoot"] = None
    with pytest.raises(ValueError, match="header has no withdrawalsRoot"):
        encode_header(fields)


def test_encode_header__field_of_the_oldest_kind_missing__refused():
    with pytest.raises(ValueError, match="header has no nonce"):
        encode_header({name: MAINNET_GENESIS[name] for name in FIELD_NAMES[:14]})


@pytest.mark.parametrize("name", [name for name in MAINNET_GENESIS if name not in ("hash", "logsBloom", "extraData")])
def test_wrong_hashes__any_field_changed__found(name):
    text = MAINNET_GENESIS[name]
    changed = MAINNET_GENESIS | {name: text[:-1] + ("1" if text[-1] != "1" else "2")}
    assert list(wrong_hashes(header_columns([MAINNET_GENESIS, changed]))) == [1]


def test_broken_links__orphan_in_the_middle__it_and_its_successor():
    chain, parent = [], "0x" + "00" * 32
    for number in range(5):
        block = hashed(MAINNET_GENESIS | {"number": hex(number), "parentHash": parent})
        chain.append(block)
        parent = block["hash"]
    assert len(broken_links(header_columns(chain))) == 0
    chain[2] = hashed(chain[2] | {"timestamp": "0x5"})
    assert list(broken_links(header_columns(chain))) == [3]
    assert list(broken_links(header_columns(chain[:1] + chain[3:]))) == [1]


def test_header_columns__hash_of_a_wrong_length__refused():
    with pytest.raises(ValueError, match="expected hash of 32 bytes"):
        header_columns([MAINNET_GENESIS | {"hash": "0x00"}])


def test_head__a_row__its_reference():
    head = header_columns([MAINNET_GENESIS]).head(0)
    assert (head.ref.number, head.ref.hash.hex(), head.timestamp) == (0, MAINNET_GENESIS["hash"][2:], 0)


def test_unprovable_header__field_of_a_later_fork__names_block_field_and_way_on():
    block = MAINNET_GENESIS | {"slotRoot": "0x00", "size": "0x1", "transactions": []}
    line = unprovable_header(block, "node").line()
    assert "block 0" in line
    assert "slotRoot" in line
    assert "quorum:2" in line


def test_unprovable_header__null_members_and_those_outside_the_hash__none():
    beside = {"author": "0x" + "00" * 20, "l1BlockNumber": "0x1", "sendRoot": EMPTY_ROOT, "sendCount": "0x1"}
    assert unprovable_header(MAINNET_GENESIS | beside | {"slotRoot": None}, "node") is None


def test_unprovable_header__member_missing__named():
    block = {name: value for name, value in MAINNET_GENESIS.items() if name not in ("nonce", "mixHash")}
    line = unprovable_header(block, "node").line()
    assert all(part in line for part in ("no mixHash, nonce", "block 0", "quorum:2"))


def test_header_columns__member_missing__columns_whose_hash_is_not_proven():
    block = {name: value for name, value in MAINNET_GENESIS.items() if name not in ("nonce", "logsBloom")}
    columns = header_columns([MAINNET_GENESIS, block])
    assert list(wrong_hashes(columns)) == [1]
    assert not columns.bloom[1].any()
    assert columns.head(1).ref.hash.hex() == MAINNET_GENESIS["hash"][2:]


@pytest.mark.chain
def test_wrong_hashes__blocks_of_a_real_node__none(anvil):
    anvil.mine(3)
    blocks = [anvil.call("eth_getBlockByNumber", hex(number), False) for number in range(anvil.height() + 1)]
    headers = header_columns(blocks)
    assert len(wrong_hashes(headers)) == len(broken_links(headers)) == 0
    assert np.array_equal(headers.number, np.arange(len(blocks)))
