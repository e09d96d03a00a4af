"""A whole devnet: a node, the contracts on it, the traffic through its epochs."""

import random
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.artifacts import load_artifact
from deploy.devnet.drive import Driver, Target
from deploy.devnet.node import Account, Node, NodeSettings, start_node, write_pid_file
from deploy.devnet.rpc import DevRpc, head_timestamp, mine, set_time
from deploy.devnet.settings import ROLES, DevnetSettings
from deploy.devnet.state import dump_state
from deploy.devnet.statements import PreimageStatements
from deploy.devnet.traffic_plan import SETUP_SECONDS, TrafficPlan, plan_traffic
from deploy.wiring import Sender, WiringSettings, wire
from deploy.wiring.deployment import artifact_names

_DEPLOY_SECONDS = 3_000
_AFTER_LAST_EPOCH_SECONDS = 60
_BLOCKS_TO_FINALIZE = 4
_CLOCK_STEP_SECONDS = 1
CONFIG_KEYS = ("app_registry", "staking", "task_market", "parameters", "distributor", "token")
_TARGETS = {"token": "token", "bonus_token": "bonus_token"}


@dataclass(frozen=True, slots=True)
class Devnet:
    """A running devnet; use it as a context manager, or call `stop`.

    `addresses` are the contracts by their key in the configuration, `proofs` how many proofs each busy epoch has,
    `participants` every account that may have something to claim. `roles` are the accounts with a part.
    """

    settings: DevnetSettings
    node: Node
    addresses: dict[str, str]
    bonus_token: str
    roles: dict[str, Account]
    participants: tuple[str, ...]
    proofs: dict[int, int]
    first: int = 0

    @property
    def rpc(self) -> str:
        """The node's URL."""
        return self.node.rpc

    @property
    def genesis(self) -> int:
        """Start of epoch 0, seconds since 1970 UTC."""
        return self.settings.genesis

    @property
    def length_seconds(self) -> int:
        """Duration of an epoch."""
        return self.settings.length_seconds

    @property
    def signer(self) -> Account:
        """The oracle's account, the whole committee."""
        return self.roles["signer"]

    @property
    def relayer(self) -> Account:
        """An account that pays for others' claims."""
        return self.roles["relayer"]

    def stop(self) -> None:
        """End the node."""
        self.node.stop()

    def detach(self, pid_file: Path) -> None:
        """Leave the node running; `stop_by_pid_file` ends it. Only for settings with `detached`."""
        write_pid_file(self.node, pid_file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def run_devnet(settings: DevnetSettings) -> Devnet:
    """Start a node, deploy, drive the traffic; return with the last epoch ended and finalized.

    Errors: InputError when anvil or the contracts are missing, RetryLaterError when the node fails, UnsoundError
    when a call did not do what the plan says.
    """
    folder = settings.folder or Path(tempfile.mkdtemp(prefix="pozk-devnet-"))
    node = start_node(_node_settings(settings, folder))
    try:
        devnet, plan, driver = _prepare(settings, node, folder)
        rpc = DevRpc(node.rpc)
        rpc.call("evm_setAutomine", False)
        for block in plan.blocks:
            driver.drive(block, settings.genesis)
        set_time(rpc, settings.genesis + settings.epochs * settings.length_seconds + _AFTER_LAST_EPOCH_SECONDS)
        rpc.call("evm_setAutomine", True)
        mine(rpc, _BLOCKS_TO_FINALIZE)
        if settings.state_file is not None:
            dump_state(rpc, settings.state_file)
    except BaseException:
        node.stop()
        raise
    return devnet


def reload_devnet(devnet: Devnet, state_file: Path, folder: Path) -> Devnet:
    """Start another node from the dumped state of a devnet: same blocks, addresses, accounts, another port."""
    settings = replace(devnet.settings, port=0, detached=False, folder=folder)
    node = start_node(replace(_node_settings(settings, folder), load_state=state_file, genesis_time=None))
    try:
        rpc = DevRpc(node.rpc)
        # A loaded node takes the machine's clock for the chain's and would refuse blocks before today.
        rpc.call("evm_setTime", head_timestamp(rpc))
        rpc.call("anvil_setBlockTimestampInterval", _CLOCK_STEP_SECONDS)
    except BaseException:
        node.stop()
        raise
    return replace(devnet, settings=settings, node=node)


def _node_settings(settings: DevnetSettings, folder: Path) -> NodeSettings:
    return NodeSettings(
        folder=folder,
        chain_id=settings.chain_id,
        port=settings.port,
        host=settings.host,
        accounts=len(ROLES) + settings.participants,
        mnemonic=settings.mnemonic,
        genesis_time=settings.genesis - SETUP_SECONDS - _DEPLOY_SECONDS,
        detached=settings.detached,
        binary=settings.anvil,
    )


def _prepare(settings: DevnetSettings, node: Node, folder: Path) -> tuple[Devnet, TrafficPlan, Driver]:
    """Deploy and wire, and return what drives the plan. Every block is a second after the one before."""
    rpc = DevRpc(node.rpc)
    rpc.call("anvil_setBlockTimestampInterval", _CLOCK_STEP_SECONDS)
    roles = dict(zip(ROLES, node.accounts, strict=False))
    wiring = _wiring_settings(settings, roles)
    sender = Sender(node.rpc, [roles["dao"].private_key, roles["treasury"].private_key])
    saved = folder / "addresses.json"
    saved.unlink(missing_ok=True)  # the chain is new, whatever an earlier one left in the folder
    contracts = wire(sender, wiring, saved).deployed.contracts
    participants = [account.address for account in node.accounts[len(ROLES) :]]
    names = {role: account.address for role, account in roles.items()}
    names |= {f"participant{number}": address for number, address in enumerate(participants)}
    artifacts = artifact_names(wiring)
    targets = {_TARGETS.get(key, artifacts[key]): (key, at) for key, at in contracts.items()}
    targets |= {key: (key, at) for key, at in contracts.items() if key.startswith("verifier")}
    driver = Driver(
        rpc, names, {name: Target(at, load_artifact(artifacts[key])) for name, (key, at) in targets.items()}
    )
    plan = plan_traffic(settings, PreimageStatements(random.Random(settings.seed)))  # noqa: S311 -- repeatable
    paid = [*participants, *(roles[role].address for role in ("sponsor0", "sponsor1", "outsider"))]
    addresses = {key: contracts[key] for key in CONFIG_KEYS}
    devnet = Devnet(settings, node, addresses, contracts["bonus_token"], roles, tuple(paid), plan.proofs)
    return devnet, plan, driver


def _wiring_settings(settings: DevnetSettings, roles: dict[str, Account]) -> WiringSettings:
    return WiringSettings(
        genesis=settings.genesis,
        length_seconds=settings.length_seconds,
        deployer=roles["dao"].address,
        dao=roles["dao"].address,
        guardian=roles["guardian"].address,
        slasher=roles["slasher"].address,
        treasury=roles["treasury"].address,
        members=(roles["signer"].address,),
        activation_delay_seconds=settings.length_seconds // 24,
        development=True,
    )
