"""Chains whose headers or receipts differ from Ethereum's: simulated traffic, hashed as those chains hash it."""

from hashlib import sha256

import pytest
import rlp
from eth_utils import keccak

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from indexer.flows.runs.ingest import ingest
from indexer.rules.consensus.trie import list_root
from indexer.words.faults import UnprovableFault, WrongAnswerFault
from tests.simulation.simulated import contents, expected_contents, make_chain, patient_chain, settings
from tests.simulation.test_vectors import Changed

pytestmark = pytest.mark.database
HONEST = FaultPlan(0, {})
COMMON = ["parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"]
COMMON += ["difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData"]
NUMBERS = {
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "baseFeePerGas",
    "extDataGasUsed",
    "blockGasCost",
    "blobGasUsed",
    "excessBlobGas",
}
LATER = ["baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot"]


def item(name, text):
    value = bytes.fromhex(text[2:].zfill(len(text[2:]) + len(text) % 2))
    return value.lstrip(b"\0") if name in NUMBERS else value


def header(block, names):
    return [item(name, block[name]) for name in names]


def ethereum(block):
    return block, header(block, [*COMMON, "mixHash", "nonce", *LATER])


def avalanche(block):
    block |= {"extDataHash": "0x" + "e1" * 32, "extDataGasUsed": "0x0", "blockGasCost": "0x186a0"}
    names = ["extDataHash", "baseFeePerGas", "extDataGasUsed", "blockGasCost", *LATER[2:]]
    block = {name: value for name, value in block.items() if name != "withdrawalsRoot"}
    return block, header(block, [*COMMON, "mixHash", "nonce", *names])


def aura(block):
    block = {name: value for name, value in block.items() if name not in ("mixHash", "nonce", *LATER)}
    seal = [b"\x10\xc9", b"\x1b" * 65]
    return block | {"sealFields": ["0x" + rlp.encode(each).hex() for each in seal]}, [*header(block, COMMON), *seal]


def unknown(block):
    """A form that nobody has: members are missing, and the hash is another one."""
    block = {name: value for name, value in block.items() if name not in ("mixHash", "nonce", *LATER)}
    return block, None


def other_rule(block):
    """Ethereum's members under another hash."""
    return block, None


def body(receipt, *extras):
    logs = [
        [item("", log["address"]), [item("", topic) for topic in log["topics"]], item("", log["data"])]
        for log in receipt["logs"]
    ]
    return rlp.encode(
        [b"\1", item("gasUsed", receipt["cumulativeGasUsed"]), item("", receipt["logsBloom"]), logs, *extras]
    )


def arbitrum(receipts):
    made = [each | {"type": "0x6a" if at == 0 else "0x78"} for at, each in enumerate(receipts)]
    return made, [b"\x6a" + body(each) if at == 0 else body(each) for at, each in enumerate(made)]


def celo(receipts):
    made = [each | {"type": "0x7b", "baseFee": "0x7"} for each in receipts]
    return made, [b"\x7b" + body(each, b"\x07") for each in made]


def regolith(receipts):
    made = [each | {"type": "0x7e", "depositNonce": "0x9", "depositReceiptVersion": None} for each in receipts]
    return made, [b"\x7e" + body(each) for each in made]


def polygon(receipts):
    made = [each | {"type": "0x2"} for each in receipts]
    beside = {"logs": [], "gasUsed": "0x0", "type": "0x0", "transactionHash": "0x" + "57" * 32}
    return [*made, *([made[-1] | beside] if made else [])], [b"\x02" + body(each) for each in made]


def rehash(chain, form=ethereum, receipts_form=None):
    """Hash every block of a simulated chain anew, in another form."""
    parent = "0x" + "00" * 32
    chain._by_hash.clear()
    for made in chain.blocks:
        block = made.block | {"parentHash": parent}
        if receipts_form is not None:
            made.receipts[:], encoded = receipts_form(made.receipts)
            block["receiptsRoot"] = "0x" + list_root(encoded).hex()
        block, items = form(block)
        digest = (
            keccak(rlp.encode(items)) if items is not None else sha256(repr(sorted(block.items())).encode()).digest()
        )
        parent = block["hash"] = "0x" + digest.hex()
        for receipt in made.receipts:
            receipt["blockHash"] = parent
            receipt["logs"] = [log | {"blockHash": parent} for log in receipt["logs"]]
        made.block.clear()
        made.block.update(block)
        chain._by_hash[parent] = made
    return chain


@pytest.mark.parametrize("scan_after_bytes", [0, 10**9], ids=["scanned", "typed"])
@pytest.mark.parametrize("form", [ethereum, avalanche, aura], ids=lambda form: form.__name__)
def test_ingest__headers_of_a_known_form__proven(new_lake, form, scan_after_bytes):
    chain = rehash(make_chain(81, 30, finality_lag=4), form)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        ingest(patient_chain(node.url, rounds=2, scan_after_bytes=scan_after_bytes), lake, settings())
        assert contents(lake) == expected_contents(chain)


@pytest.mark.parametrize("scan_after_bytes", [0, 10**9], ids=["scanned", "typed"])
@pytest.mark.parametrize("form", [arbitrum, celo, regolith, polygon], ids=lambda form: form.__name__)
def test_ingest__receipts_whose_form_the_root_decides__proven(new_lake, form, scan_after_bytes):
    chain = rehash(make_chain(82, 30, finality_lag=4), receipts_form=form)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        ingest(patient_chain(node.url, rounds=2, scan_after_bytes=scan_after_bytes), lake, settings())
        assert contents(lake) == expected_contents(chain)


@pytest.mark.parametrize("level", ["receipts", "bloom"])
def test_ingest__headers_of_an_unknown_form__names_the_members_and_the_way_on(new_lake, level):
    chain = rehash(make_chain(83, 12, finality_lag=2), unknown)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        with pytest.raises(UnprovableFault, match="no mixHash, nonce") as caught:
            ingest(patient_chain(node.url, rounds=2), lake, settings(level=level))
        assert caught.value.exit_code == 2
        assert "quorum:2" in caught.value.line()


@pytest.mark.parametrize("form", [unknown, other_rule], ids=lambda form: form.__name__)
@pytest.mark.parametrize("level", ["none", "quorum:2"])
def test_ingest__headers_that_nobody_can_hash__stored_where_hashing_is_not_asked_for(new_lake, form, level):
    chain = rehash(make_chain(84, 30, finality_lag=4), form)
    with FaultyNode(chain, HONEST) as node, FaultyNode(chain, HONEST) as other, new_lake("lake") as lake:
        ingest(patient_chain(node.url, other.url, rounds=2), lake, settings(level=level))
        assert contents(lake) == expected_contents(chain)


def test_ingest__another_hash_rule_from_two_nodes__configuration_and_nobody_accused(new_lake):
    chain = rehash(make_chain(85, 12, finality_lag=2), other_rule)
    with FaultyNode(chain, HONEST) as node, FaultyNode(chain, HONEST) as other, new_lake("lake") as lake:
        with pytest.raises(UnprovableFault, match="quorum:2") as caught:
            ingest(patient_chain(node.url, other.url, rounds=2), lake, settings())
        assert caught.value.exit_code == 2
        assert len(lake.query("SELECT * FROM lake.evidence")) == 0


def test_ingest__members_beside_the_hash_in_a_header_that_is_a_lie__a_lie(new_lake):
    chain = make_chain(86, 12, finality_lag=2)
    beside = {"author": "0x" + "00" * 20, "l1BlockNumber": "0x1", "sendRoot": "0x" + "00" * 32, "slotRoot": None}

    def lie(method, _, result):
        return result | beside | {"gasUsed": "0x1"} if method == "eth_getBlockByNumber" and result else result

    with FaultyNode(Changed(chain, lie), HONEST) as node, new_lake("lake") as lake:
        with pytest.raises(WrongAnswerFault, match="not the hash of its header"):
            ingest(patient_chain(node.url, rounds=2), lake, settings())
        assert len(lake.query("SELECT * FROM lake.evidence WHERE kind = 'header'")) > 0
