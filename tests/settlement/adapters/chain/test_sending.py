"""A wallet and its sender on a real node: a transaction that was dropped, one that is outpriced, one withdrawn."""

import time

import pytest

from deploy.devnet.rpc import DevRpc
from indexer.adapters.nodes.pool import open_chain
from indexer.words.errors import OutcomeUnknownError
from indexer.words.finality import FINALIZED
from indexer.words.quantities import parse_address
from settlement.adapters.chain.chain_state import ChainState
from settlement.adapters.chain.signers import KeySigner
from settlement.adapters.chain.wallet import ChainWallet
from settlement.flows.sending.send import Sender
from tests.support.played_mempool import PlayedJournal

pytestmark = pytest.mark.chain
GWEI = 10**9
ANYBODY = b"\x77" * 20


@pytest.fixture
def sender(fresh_devnet):
    """A sender whose transactions wait until somebody mines."""
    settings = fresh_devnet.settings
    state = ChainState(open_chain([fresh_devnet.rpc]), settings.chain_id)
    wallet = ChainWallet(state, ANYBODY, KeySigner(fresh_devnet.signer.private_key), FINALIZED)
    DevRpc(fresh_devnet.rpc).call("evm_setAutomine", False)
    return Sender(wallet, PlayedJournal(), time.time, time.sleep, 500 * GWEI, patience_seconds=0.3, bump_seconds=0.0)


def count_of(devnet):
    return int(DevRpc(devnet.rpc).call("eth_getTransactionCount", devnet.signer.address, "latest"), 16)


def test_send__dropped_then_outpriced__is_replaced_at_its_nonce_and_mined_once(sender, fresh_devnet):
    rpc, before = DevRpc(fresh_devnet.rpc), count_of(fresh_devnet)
    with pytest.raises(OutcomeUnknownError):
        sender.send("vote", "1", b"")
    (intent,) = sender.journal.rows.values()
    rpc.call("anvil_dropTransaction", "0x" + intent.last.hash.hex())
    rpc.call("anvil_setNextBlockBaseFeePerGas", hex(100 * GWEI))
    rpc.call("anvil_mine", "0x1", "0x1")
    rpc.call("evm_setAutomine", True)
    sender.replace(intent.id, is_cancel=False)
    (settled,) = sender.journal.rows.values()
    assert (settled.state.value, count_of(fresh_devnet)) == ("mined", before + 1)
    assert settled.last.fees.max_fee_wei > 100 * GWEI


def test_replace__cancel_while_it_waits__the_pool_takes_the_higher_offer_and_nothing_is_called(sender, fresh_devnet):
    with pytest.raises(OutcomeUnknownError, match="pozk tx cancel 1"):
        sender.send("vote", "1", b"")
    with pytest.raises(OutcomeUnknownError):
        sender.replace(1, is_cancel=True)
    DevRpc(fresh_devnet.rpc).call("evm_setAutomine", True)
    DevRpc(fresh_devnet.rpc).call("anvil_mine", "0x1", "0x1")
    _, fate = sender.replace(1, is_cancel=True)
    assert fate.state.value == "cancelled"
    mined = DevRpc(fresh_devnet.rpc).call("eth_getBlockByNumber", hex(fate.receipt.block_number), True)["transactions"]
    assert [parse_address(tx["to"]) for tx in mined] == [sender.wallet.address]
