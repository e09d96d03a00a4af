import pytest

from deploy.artifacts import load_artifact
from deploy.wiring import WiringSender
from deploy.wiring.settings import WEI
from indexer.words.errors import InputError, RetryLaterError
from tests.support.played_chain import PlayedChain, honest
from tests.support.played_node import PlayedNode


@pytest.mark.chain
def test_transact__would_revert__names_the_custom_error(own_devnet):
    outsider = own_devnet.officers["outsider"]
    artifact = load_artifact("Parameters")
    sender = WiringSender(own_devnet.rpc, [outsider.private_key], [artifact])
    contract = sender.web3.eth.contract(address=own_devnet.addresses["parameters"], abi=artifact.abi)
    with pytest.raises(InputError, match=r"setEmission.* would revert, got OwnableUnauthorizedAccount"):
        sender.transact(contract, "setEmission", [100, WEI], outsider.address)


@pytest.mark.chain
def test_transact__right_call__receipt_has_its_log(own_devnet):
    dao = own_devnet.officers["dao"]
    artifact = load_artifact("Parameters")
    sender = WiringSender(own_devnet.rpc, [dao.private_key], [artifact])
    contract = sender.web3.eth.contract(address=own_devnet.addresses["parameters"], abi=artifact.abi)
    receipt = sender.transact(contract, "setEmission", [100, WEI], dao.address)
    (log,) = contract.events.EmissionSet().process_receipt(receipt)
    assert log["args"] == {"fromEpoch": 100, "amount": WEI}


def test_sender__node_down__retry_later():
    with pytest.raises(RetryLaterError, match="node is unreachable"):
        WiringSender("http://127.0.0.1:1", []).chain_id()


@pytest.mark.parametrize(("base_fee", "field"), [("0x7", "maxFeePerGas"), (None, "gasPrice")])
def test_fees__header_of_97_bytes_of_extra_data__by_the_chains_kind(base_fee, field):
    chain = PlayedChain(base_fee=base_fee)
    with PlayedNode(honest(chain)) as node:
        assert field in WiringSender(node.url, [])._fees()


@pytest.mark.parametrize("key", ["", "0x12", "not hex"])
def test_sender__unusable_key__is_refused_without_showing_it(key):
    with pytest.raises(InputError, match="unusable private key") as refused:
        WiringSender("http://127.0.0.1:1", [key])
    assert "not hex" not in str(refused.value)
