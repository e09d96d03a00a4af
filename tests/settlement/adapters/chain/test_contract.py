import pytest
from eth_abi import encode
from eth_utils.abi import function_abi_to_4byte_selector

from indexer.words.errors import InputError
from settlement.adapters.chain.contract import CALLS_PER_READ, Contract
from settlement.adapters.chain.distributor import DistributorContract
from settlement.adapters.chain.distributor_abi import DISTRIBUTOR_ABI
from tests.support.played_chain import Nodes, PlayedChain, dead, honest

AT = b"\x01" * 20
SELECTORS = {entry["name"]: "0x" + function_abi_to_4byte_selector(entry).hex() for entry in DISTRIBUTOR_ABI}


def views(**answers):
    return {SELECTORS[name]: "0x" + encode(*answer).hex() for name, answer in answers.items()}


def contract_of(nodes):
    return Contract(nodes.state, AT, DISTRIBUTOR_ABI, name="RewardDistributor", key="contracts.distributor")


def test_read__one_node_says_that_there_is_no_such_contract__another_is_asked():
    chain = PlayedChain(views=views(nextEpoch=(["uint64"], [7])))
    with Nodes(honest(PlayedChain()), honest(chain)) as nodes:
        assert contract_of(nodes).read("nextEpoch") == (7,)


@pytest.mark.parametrize("answer", [None, "0x", "0x01", "0x" + "ff" * 32])
def test_read__no_node_knows_the_contract__input_error_names_the_key(answer):
    chain = PlayedChain(views={SELECTORS["nextEpoch"]: answer})
    with Nodes(honest(chain)) as nodes, pytest.raises(InputError, match="does not answer as one") as caught:
        contract_of(nodes).read("nextEpoch")
    assert "contracts.distributor" in caught.value.line()


def test_read_many__more_than_one_question__all_in_order():
    chain = PlayedChain(views=views(claimed=(["uint256"], [9])))
    with Nodes(dead, honest(chain)) as nodes:
        found = contract_of(nodes).read_many("claimed", [(AT, AT)] * (CALLS_PER_READ + 1))
    assert found == [(9,)] * (CALLS_PER_READ + 1)


def test_root_at__a_pending_root__its_values():
    root = (["uint8", "bytes32", "bytes32", "uint64"], [1, b"\x02" * 32, b"\x03" * 32, 5])
    with Nodes(honest(PlayedChain(views=views(rootAt=root)))) as nodes:
        found = DistributorContract(nodes.state, AT).root_at(0)
    assert (found.state, found.root, found.report_hash, found.active_at) == ("pending", b"\x02" * 32, b"\x03" * 32, 5)


def test_chain_time__header_of_97_bytes_of_extra_data__its_timestamp():
    with Nodes(honest(PlayedChain(block=50))) as nodes:
        assert DistributorContract(nodes.state, AT).chain_time() == 50
