import pytest
import rlp
from eth_utils import keccak

from indexer.rules.consensus.receipt import encode_receipt, receipt_logs, unknown_types
from indexer.rules.consensus.trie import list_root
from indexer.words.blocks import BlockRef

BLOCK = BlockRef(7, b"\x07" * 32)
LOG = {
    "address": "0x" + "11" * 20,
    "topics": ["0x" + "22" * 32, "0x" + "33" * 32],
    "data": "0xabcd",
    "logIndex": "0x63",
}
RECEIPT = {
    "type": "0x2",
    "status": "0x1",
    "cumulativeGasUsed": "0x5208",
    "logsBloom": "0x" + "00" * 256,
    "transactionHash": "0x" + "44" * 32,
    "logs": [LOG],
}


@pytest.mark.parametrize(
    ("kind", "prefix"), [("0x0", b""), ("0x1", b"\1"), ("0x2", b"\2"), ("0x3", b"\3"), ("0x4", b"\4")]
)
def test_encode_receipt__known_types__list_behind_the_type(kind, prefix):
    encoded = encode_receipt(RECEIPT | {"type": kind})
    assert encoded[: len(prefix)] == prefix
    outcome, gas, bloom, logs = rlp.decode(encoded[len(prefix) :])
    assert (outcome, gas, bloom) == (b"\1", bytes.fromhex("5208"), bytes(256))
    assert logs == [[b"\x11" * 20, [b"\x22" * 32, b"\x33" * 32], b"\xab\xcd"]]


def test_encode_receipt__failed__status_is_empty():
    assert rlp.decode(encode_receipt(RECEIPT | {"status": "0x0", "type": "0x0"}))[0] == b""


def test_encode_receipt__before_byzantium__state_root():
    old = RECEIPT | {"status": None, "root": "0x" + "55" * 32, "type": None}
    assert rlp.decode(encode_receipt(old))[0] == b"\x55" * 32


@pytest.mark.parametrize(
    ("fields", "tail"),
    [
        ({}, []),
        ({"depositNonce": "0x9"}, []),  # Regolith: the nonce is given but not hashed
        ({"depositNonce": "0x0", "depositReceiptVersion": "0x1"}, [b"", b"\x01"]),
    ],
)
def test_encode_receipt__op_deposit_of_each_fork__nonce_and_version_at_the_end(fields, tail):
    encoded = encode_receipt(RECEIPT | {"type": "0x7e"} | fields)
    assert encoded[0] == 0x7E
    assert rlp.decode(encoded[1:])[4:] == tail


@pytest.mark.parametrize("kind", [0x3F, 0x6A, 0x76, 0x7F])
def test_encode_receipt__type_unknown_here__list_behind_the_type(kind):
    encoded = encode_receipt(RECEIPT | {"type": hex(kind)})
    assert encoded[0] == kind
    assert encoded[1:] == encode_receipt(RECEIPT | {"type": "0x0"})


def test_encode_receipt__type_that_is_no_type_byte__list_alone():
    assert encode_receipt(RECEIPT | {"type": "0x80"}) == encode_receipt(RECEIPT | {"type": "0x0"})


def test_encode_receipt__logs_are_null__no_logs():
    assert encode_receipt(RECEIPT | {"logs": None}) == encode_receipt(RECEIPT | {"logs": []})


def test_unknown_types__a_block__names_it_the_type_and_the_way_on():
    line = unknown_types([0x6A], BLOCK).line()
    assert all(part in line for part in ("block 7", "0x6a", "quorum:2"))


@pytest.mark.parametrize("field", ["cumulativeGasUsed", "logsBloom", "logs"])
def test_encode_receipt__field_missing__refused(field):
    broken = {name: value for name, value in RECEIPT.items() if name != field}
    with pytest.raises((KeyError, ValueError)):
        encode_receipt(broken)


def test_receipt_logs__indexes_of_the_node__replaced_by_positions():
    logs = receipt_logs([RECEIPT, RECEIPT | {"logs": []}, RECEIPT | {"logs": [LOG, LOG]}], BLOCK)
    assert list(logs.log_index) == [0, 1, 2]
    assert list(logs.tx_index) == [0, 2, 2]
    assert list(logs.topic_count) == [2, 2, 2]
    assert logs.data_of(2) == b"\xab\xcd"


@pytest.mark.chain
def test_list_root__receipts_of_a_crowded_block__the_root_of_the_node(private_anvil):
    contract = private_anvil.deploy()
    private_anvil.call("evm_setAutomine", False)
    for index in range(140):
        kind = {"type": hex(index % 3), "gas": hex(90_000), "from": private_anvil.account}
        data = bytes([1]) + (2).to_bytes(2, "big") + keccak(b"%d" % index) + b"xy"
        fee = {"maxFeePerGas": hex(10**10)} if index % 3 == 2 else {"gasPrice": hex(10**10)}
        extra = {"to": "0x" + contract.hex(), "data": "0x" + data.hex()} | fee
        private_anvil.call("eth_sendTransaction", kind | extra)
    private_anvil.mine(1)
    block = private_anvil.call("eth_getBlockByNumber", "latest", False)
    receipts = private_anvil.call("eth_getBlockReceipts", block["hash"])
    assert len(receipts) == 140
    ref = BlockRef(int(block["number"], 16), bytes.fromhex(block["hash"][2:]))
    root = list_root([encode_receipt(receipt) for receipt in receipts])
    assert "0x" + root.hex() == block["receiptsRoot"]
    assert len(receipt_logs(receipts, ref)) == 140
