from pathlib import Path

import pytest
from web3.logs import DISCARD

from deploy.artifacts import load_artifact
from deploy.wiring import WiringSender
from indexer.words.errors import InputError
from tests.support.solidity import compile_contract

pytestmark = pytest.mark.chain
_AMOUNT = 5 * 10**18


@pytest.fixture(scope="module")
def artifact():
    return compile_contract(Path(__file__).with_name("FeeToken.sol"))


@pytest.fixture
def world(own_devnet, artifact):
    """The sender, the DAO's address, the distributor and a token that keeps a hundredth, approved for bonuses."""
    dao = own_devnet.officers["dao"]
    distributor_artifact = load_artifact("RewardDistributor")
    sender = WiringSender(own_devnet.rpc, [dao.private_key], [distributor_artifact, artifact])
    eth = sender.web3.eth
    distributor = eth.contract(address=own_devnet.addresses["distributor"], abi=distributor_artifact.abi)
    token = eth.contract(address=sender.deploy(artifact, [], dao.address), abi=artifact.abi)
    sender.transact(token, "approve", [distributor.address, 2**256 - 1], dao.address)
    return sender, dao.address, distributor, token


def test_deposit_bonus__token_with_a_transfer_fee__what_arrived_counts(world, own_devnet):
    sender, dao, distributor, token = world
    sender.transact(distributor, "setBonusToken", [token.address, 10**18], dao)
    epoch = own_devnet.settings.epochs
    receipt = sender.transact(distributor, "depositBonus", [dao, epoch, token.address, _AMOUNT], dao)
    (log,) = distributor.events.BonusDeposited().process_receipt(receipt, errors=DISCARD)
    assert log["args"]["amount"] == _AMOUNT * 99 // 100
    assert token.functions.balanceOf(distributor.address).call() == _AMOUNT * 99 // 100
    assert distributor.functions.bonusOf(epoch, token.address).call() == _AMOUNT * 99 // 100


def test_deposit_bonus__fee_takes_it_below_the_least_deposit__is_refused(world, own_devnet):
    sender, dao, distributor, token = world
    sender.transact(distributor, "setBonusToken", [token.address, _AMOUNT], dao)
    with pytest.raises(InputError, match="BonusTooSmall"):
        sender.transact(distributor, "depositBonus", [dao, own_devnet.settings.epochs, token.address, _AMOUNT], dao)


def test_deposit_bonus__token_not_allowed__is_refused(world, own_devnet):
    sender, dao, distributor, token = world
    with pytest.raises(InputError, match="TokenNotAllowed"):
        sender.transact(distributor, "depositBonus", [dao, own_devnet.settings.epochs, token.address, _AMOUNT], dao)
