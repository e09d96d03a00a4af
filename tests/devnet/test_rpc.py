import pytest

from deploy.devnet import advance_time, mine
from deploy.devnet.rpc import DevRpc, head_timestamp, set_time
from indexer.words.errors import RetryLaterError, UnsoundError

pytestmark = pytest.mark.chain


def test_call__node_answers_an_error__names_the_method(devnet):
    with pytest.raises(UnsoundError, match="eth_noSuchThing failed"):
        DevRpc(devnet.rpc).call("eth_noSuchThing")


def test_call__nobody_listens__retry_later():
    with pytest.raises(RetryLaterError, match="node is unreachable"):
        DevRpc("http://127.0.0.1:1").call("eth_chainId")


def test_results__more_than_one_batch__keeps_the_order(devnet):
    accounts = [account.address for account in devnet.node.accounts]
    asked = [accounts[number % len(accounts)] for number in range(1_201)]
    rpc = DevRpc(devnet.rpc)
    single = {account: rpc.call("eth_getTransactionCount", account, "latest") for account in set(asked)}
    found = rpc.results([("eth_getTransactionCount", [account, "latest"]) for account in asked])
    assert found == [single[account] for account in asked]
    assert len(set(single.values())) > 3


def test_advance_time__seconds__next_block_is_that_much_later(own_devnet):
    before = head_timestamp(DevRpc(own_devnet.rpc))
    assert advance_time(own_devnet.rpc, 86_400) == before + 86_400
    mine(own_devnet.rpc, 3)
    assert head_timestamp(DevRpc(own_devnet.rpc)) == before + 86_403


def test_set_time__past__is_refused_by_the_node(own_devnet):
    with pytest.raises(UnsoundError, match="evm_setNextBlockTimestamp failed"):
        set_time(own_devnet.rpc, 5)
