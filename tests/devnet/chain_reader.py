"""Reads a devnet's logs by event, for tests."""

from collections import defaultdict
from functools import cache

from web3 import HTTPProvider, Web3

from deploy.artifacts import load_artifact
from deploy.devnet import Devnet

EVENTS = {
    "app_registry": ("AppRegistry", ("AppRegistered", "AppApproved", "AppStopped")),
    "staking": ("Staking", ("StakeChanged",)),
    "task_market": (
        "TaskMarket",
        ("TaskPosted", "TaskAccepted", "TaskCancelled", "ProofVerified", "OrderLocked", "TaskWishes", "CallbackMade"),
    ),
    "parameters": (
        "Parameters",
        ("WeightsSet", "SchemeWeightSet", "EmissionSet", "RulesetSet", "QuarantineDecided", "CorrectionAdded"),
    ),
    "distributor": ("RewardDistributor", ("BonusDeposited",)),
}


class ChainReader:
    """A devnet through web3: contracts by configuration key, decoded logs by event name."""

    def __init__(self, devnet: Devnet):
        self.devnet = devnet
        self.web3 = Web3(HTTPProvider(devnet.rpc))

    def contract(self, key):
        name = EVENTS[key][0] if key in EVENTS else "DevToken"
        address = devnet_address(self.devnet, key)
        return self.web3.eth.contract(address=address, abi=load_artifact(name).abi)

    @cache  # noqa: B019 -- one reader a session
    def events(self, key, event):
        return self.contract(key).events[event]().get_logs(from_block=0)

    @cache  # noqa: B019 -- one reader a session
    def blocks(self):
        head = self.web3.eth.block_number
        return [self.web3.eth.get_block(number) for number in range(head + 1)]

    def epoch_of(self, number):
        return (self.blocks()[number]["timestamp"] - self.devnet.genesis) // self.devnet.length_seconds

    def stake_sums(self):
        """Return, by (app, account, role), the sums of deltas by effective epoch."""
        sums = defaultdict(lambda: defaultdict(int))
        for log in self.events("staking", "StakeChanged"):
            args = log["args"]
            sums[args["app"], args["account"], args["role"]][args["effectiveEpoch"]] += args["delta"]
        return sums


def devnet_address(devnet, key):
    return devnet.bonus_token if key == "bonus_token" else devnet.addresses[key]
