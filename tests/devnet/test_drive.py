import pytest

from deploy.artifacts import load_artifact
from deploy.devnet.drive import Driver, Target
from deploy.devnet.plan_words import AppFlag, CodeHash, ExpectedRefusal, Learned, Name, PlannedBlock, StepCall
from deploy.devnet.rpc import DevRpc, head_timestamp
from indexer.words.errors import UnsoundError

pytestmark = pytest.mark.chain
_EMISSION = StepCall(Name("dao"), Name("Parameters"), "setEmission", (100, 7))
_FORBIDDEN = StepCall(Name("outsider"), Name("Parameters"), "setEmission", (100, 7))


@pytest.fixture
def driver(own_devnet):
    rpc = DevRpc(own_devnet.rpc)
    rpc.call("evm_setAutomine", False)
    names = {"Parameters": "parameters", "AppRegistry": "app_registry"}
    targets = {name: Target(own_devnet.addresses[key], load_artifact(name)) for name, key in names.items()}
    accounts = {role: account.address for role, account in own_devnet.officers.items()}
    return Driver(rpc, accounts, targets)


@pytest.fixture
def offset(own_devnet):
    return head_timestamp(DevRpc(own_devnet.rpc)) - own_devnet.genesis + 10


def test_drive__calls__are_one_block_in_order_at_its_time(driver, own_devnet, offset):
    calls = tuple(StepCall(Name("dao"), Name("Parameters"), "setEmission", (100, amount)) for amount in range(30))
    driver.drive(PlannedBlock(offset, calls), own_devnet.genesis)
    rpc = DevRpc(own_devnet.rpc)
    assert head_timestamp(rpc) == own_devnet.genesis + offset
    logs = [receipt["logs"][0] for receipt in rpc.call("eth_getBlockReceipts", "latest")]
    assert [int(log["data"], 16) for log in logs] == list(range(30))


def test_drive__failing_call__is_named_with_its_custom_error(driver, own_devnet, offset):
    with pytest.raises(UnsoundError, match=r"Parameters\.setEmission failed, got OwnableUnauthorizedAccount.*outsider"):
        driver.drive(PlannedBlock(offset, (_EMISSION, _FORBIDDEN)), own_devnet.genesis)


def test_drive__expected_refusal__passes(driver, own_devnet, offset):
    refusal = ExpectedRefusal(_FORBIDDEN, "OwnableUnauthorizedAccount")
    driver.drive(PlannedBlock(offset, (_EMISSION,), (refusal,)), own_devnet.genesis)
    assert head_timestamp(DevRpc(own_devnet.rpc)) == own_devnet.genesis + offset


@pytest.mark.parametrize(
    ("refusal", "got"),
    [
        (ExpectedRefusal(_EMISSION, "NotSlasher"), "success"),
        (ExpectedRefusal(_FORBIDDEN, "NotSlasher"), "OwnableUnauthorizedAccount"),
    ],
)
def test_drive__refusal_that_does_not_come__is_an_error(driver, own_devnet, offset, refusal, got):
    with pytest.raises(UnsoundError, match=f"not refused as it should be, expected NotSlasher, got {got}"):
        driver.drive(PlannedBlock(offset, (), (refusal,)), own_devnet.genesis)


def test_drive__learned_value__can_be_used_by_later_calls(driver, own_devnet, offset):
    verifier = own_devnet.addresses["staking"]  # any contract has code, which is all that registering asks
    terms = (0, 5, verifier, 60)
    register = StepCall(
        Name("owner"), Name("AppRegistry"), "registerApp", (*terms, "x"), (Learned("AppRegistered", Name("new")),)
    )
    upgrade = StepCall(Name("owner"), Name("AppRegistry"), "requestUpgrade", (Name("new"), *terms))
    driver.drive(PlannedBlock(offset, (register,)), own_devnet.genesis)
    driver.drive(PlannedBlock(offset + 1, (upgrade,)), own_devnet.genesis)
    assert str(driver.values["new"]).startswith("0x")


@pytest.mark.usefixtures("driver")
def test_drive__code_hash_of_a_name__is_what_the_contract_asks_for(own_devnet, offset):
    staking = Target(own_devnet.addresses["staking"], load_artifact("Staking"))
    accounts = {role: account.address for role, account in own_devnet.officers.items()}
    own = Driver(DevRpc(own_devnet.rpc), accounts, {"Staking": staking})
    name = Name("Staking")
    allow = StepCall(Name("dao"), name, "setSlasher", (name, True, CodeHash(name)))
    refused = ExpectedRefusal(StepCall(Name("dao"), name, "setSlasher", (name, True, bytes(32))), "NotAsReviewed")
    own.drive(PlannedBlock(offset, (allow,), (refused,)), own_devnet.genesis)


@pytest.mark.usefixtures("driver")
def test_drive__flags_of_an_app__are_its_address_and_a_word(own_devnet, offset):
    market = Target(own_devnet.addresses["task_market"], load_artifact("TaskMarket"))
    accounts = {role: account.address for role, account in own_devnet.officers.items()} | {"app": "0x" + "ab" * 20}
    driver = Driver(DevRpc(own_devnet.rpc), accounts, {"TaskMarket": market})
    flag = (AppFlag(Name("app"), "halt"),)
    driver.drive(
        PlannedBlock(offset, (StepCall(Name("guardian"), Name("TaskMarket"), "pause", (flag, 60)),)), own_devnet.genesis
    )
    (log,) = DevRpc(own_devnet.rpc).call("eth_getBlockReceipts", "latest")[0]["logs"]
    assert log["topics"][1] == "0x" + "ab" * 20 + b"halt".ljust(12, b"\0").hex()
