"""A network with the interface and the known behaviours of the deployed PoZK contracts, on an anvil."""

from pathlib import Path

from eth_abi import encode
from eth_utils import keccak

from tests.support.solidity import compile_contracts

PERIOD = 1000
POOL = 10**24
SOURCE = Path(__file__).with_name("PozkNetwork.sol")
MINERS = tuple(f"0x{'1' * 39}{n}" for n in range(1, 5))
PLAYERS = tuple(f"0x{'2' * 39}{n}" for n in range(1, 5))
APPS = tuple(f"0x{'a' * 39}{n}" for n in range(1, 4))
NOTHING, VESTED = MINERS[3], MINERS[2]
"""A miner without any stake; one who has a vesting amount and nothing else."""


class PozkNetwork:
    """The contracts deployed, and calls to them by name; every call is a block of its own."""

    def __init__(self, chain, artifacts=None):
        self.chain = chain
        self._artifacts = artifacts or compile_contracts(SOURCE)
        self.addresses = {}
        self._deploy("token", "PozkToken")
        self._deploy("epoch", "PozkEpoch", PERIOD)
        for name in ("Prover", "Stake"):
            self._deploy(name.lower(), f"Pozk{name}", self.addresses["epoch"])
        self._deploy("vesting", "PozkVesting", self.addresses["epoch"], POOL)
        wired = [self.addresses[name] for name in ("epoch", "prover", "stake", "vesting", "token")]
        self._deploy("reward", "PozkReward", *wired)
        self._deploy("task", "PozkTask")
        self.call("token", "mint", self.addresses["vesting"], 10**27)

    def _deploy(self, role, name, *arguments):
        artifact = self._artifacts[name]
        inputs = next((entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor"), [])
        data = artifact.bytecode + encode([each["type"] for each in inputs], arguments).hex()
        self.addresses[role] = self.chain.send(data=data)["contractAddress"]
        setattr(self, role, artifact.abi)

    def call(self, role, name, *arguments):
        """Send a call of a contract and return its receipt."""
        return self.chain.send(to=self.addresses[role], data=self._data(role, name, arguments))

    def fails(self, role, name, *arguments):
        """Return whether the contract refuses a call."""
        fields = {"from": self.chain.account, "to": self.addresses[role], "data": self._data(role, name, arguments)}
        try:
            self.chain.call("eth_call", fields, "latest")
        except RuntimeError:
            return True
        return False

    def _data(self, role, name, arguments):
        function = next(each for each in getattr(self, role) if each.get("name") == name)
        types = [each["type"] for each in function["inputs"]]
        return "0x" + (keccak(text=f"{name}({','.join(types)})")[:4] + encode(types, arguments)).hex()

    def next_epoch(self, gap=PERIOD + 1):
        """Let time pass and begin the next epoch; one call begins one, however long the gap."""
        self.chain.call("evm_increaseTime", hex(gap))
        self.call("epoch", "update")

    def submit(self, app, miner, player, times=1):
        """Let labor be counted."""
        self.call("task", "submit", self.addresses["reward"], app, miner, player, times)

    def collect(self, epoch, app, account):
        """Collect what a miner or player has of an app."""
        role = "minerCollect" if account in MINERS else "playerCollect"
        return self.call("reward", role, epoch, app, account)


def play(network):
    """Play a story: staked apps, upgrades, labor of four epochs, late weights, extra rewards, blocked collects.

    Returns (block, account, amount, end) of each vesting amount that was set.
    """
    vested = _prepare(network)
    network.next_epoch()  # 2
    network.submit(APPS[0], MINERS[0], PLAYERS[0], 3)
    network.submit(APPS[0], MINERS[1], PLAYERS[1], 2)
    network.submit(APPS[0], NOTHING, PLAYERS[3])
    network.submit(APPS[1], MINERS[1], PLAYERS[0], 5)
    network.submit(APPS[1], VESTED, PLAYERS[2], 4)
    network.submit(APPS[2], MINERS[0], PLAYERS[1])  # has no stake of its own: no labor
    network.call("token", "mint", network.chain.account, 5 * 10**20)
    network.call("reward", "depositExtra", APPS[0], 2, 5 * 10**20)
    network.call("prover", "upgrade", APPS[1], 900_000)
    network.call("prover", "approve", APPS[1], True)
    network.call("stake", "stakeProver", APPS[2], MINERS[0], 5 * 10**20)
    network.call("stake", "stakeMiner", APPS[0], MINERS[0], -(10**20))
    network.next_epoch(gap=10 * PERIOD)  # 3, however long the gap
    network.submit(APPS[1], MINERS[1], PLAYERS[1], 2)
    network.submit(APPS[2], MINERS[0], PLAYERS[0], 2)
    network.submit(APPS[2], VESTED, PLAYERS[1], 3)
    network.call("prover", "upgrade", APPS[1], 950_000)  # in the epoch of the approval: what was approved is lost
    network.call("token", "mint", network.chain.account, 10**21)
    network.call("reward", "depositExtra", APPS[2], 3, 10**21)
    network.next_epoch()  # 4
    _collect_second(network)
    network.call("vesting", "setMineReward", POOL // 2)
    network.call("reward", "setAlpha", 3, 10)
    network.submit(APPS[1], MINERS[0], PLAYERS[2], 2)
    network.collect(3, APPS[1], MINERS[1])
    network.call("reward", "setGamma", 1, 3)
    network.collect(3, APPS[1], PLAYERS[1])
    network.next_epoch()  # 5
    network.submit(APPS[0], MINERS[0], PLAYERS[0])
    return vested


def _prepare(network):
    for place, app in enumerate(APPS):
        network.call("prover", "register", app, 100_000 * (place + 1))
    network.call("prover", "give", APPS[2], PLAYERS[3])
    for app, stake in ((APPS[0], 10**21), (APPS[1], 3 * 10**21)):
        network.call("stake", "stakeProver", app, MINERS[0], stake)
        network.call("stake", "stakeProver", app, MINERS[1], stake // 7)
    for place, miner in enumerate(MINERS[:2]):
        for app in APPS:
            network.call("stake", "stakeMiner", app, miner, 10**20 * (place + 2) + 12345)
    for place, player in enumerate(PLAYERS[:3]):
        network.call("stake", "stakePlayer", player, 10**19 * (place + 1) + 777)
    end = int(network.chain.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) + 5 * PERIOD
    receipt = network.call("vesting", "setMinerAmount", [VESTED], [7 * 10**20], [end])
    return [(int(receipt["blockNumber"], 16), VESTED, 7 * 10**20, end)]


def _collect_second(network):
    """Collect epoch 2: app 0 whole, then late by who had no stake, which uses up the count of the other app."""
    for account in (MINERS[0], PLAYERS[0], MINERS[1], PLAYERS[1]):
        network.collect(2, APPS[0], account)
    for account in (MINERS[1], VESTED, PLAYERS[0]):
        network.collect(2, APPS[1], account)
    network.collect(2, APPS[0], NOTHING)


def vesting_file(vested):
    """Return the text of a file of vesting amounts."""
    rows = (f"{block},{account},{amount},{end}\n" for block, account, amount, end in vested)
    return "block,account,amount,end\n" + "".join(rows)


def config_of(network, data_dir="my data"):
    """Return the text of a configuration of this network."""
    contracts = "".join(f'{role} = "{address}"\n' for role, address in network.addresses.items())
    return (
        f'[protocol]\nname = "pozk"\n[chain]\nrpc = ["{network.chain.url}"]\nchain_id = 31337\nfinality = 0\n'
        f"max_ahead_seconds = 0\n[contracts]\n{contracts}[store]\ndata_dir = {data_dir!r}\n"
    )
