"""A whole devnet: a node, the contracts on it, the traffic through its epochs."""

import random
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.artifacts import load_artifact
from deploy.devnet.drive import Driver, Target
from deploy.devnet.node import Account, DevNode, NodeSettings, start_node
from deploy.devnet.plan_words import PlannedBlock
from deploy.devnet.players import participant
from deploy.devnet.proofs import prepare_proofs
from deploy.devnet.rpc import DevRpc, head_timestamp, mine, set_time
from deploy.devnet.settings import OFFICES, DevnetSettings
from deploy.devnet.state import dump_state
from deploy.devnet.statements import GenuineStatements, PreimageStatements
from deploy.devnet.traffic_plan import SETUP_SECONDS, TrafficPlan, plan_traffic, tasks_in_all
from deploy.wiring import WiringSender, WiringSettings, wire
from deploy.wiring.deployment import artifact_names
from deploy.wiring.opening import encode_opening, read_opening
from deploy.wiring.settings import WEI, Attestation

_DEPLOY_SECONDS = 3_000
_AFTER_LAST_EPOCH_SECONDS = 60
_BLOCKS_TO_FINALIZE = 4
_CLOCK_STEP_SECONDS = 1
CONFIG_KEYS = ("app_registry", "staking", "task_market", "parameters", "distributor", "token")
_NAMED_BY_KEY = ("token", "bonus_token", "verifier0", "verifier1", "verifier2")
_PAID_OFFICERS = ("sponsor0", "sponsor1", "outsider")


@dataclass(frozen=True, slots=True)
class Devnet:
    """A running devnet; use it as a context manager, or call `stop`.

    `addresses` are the contracts by their key in the configuration, `proofs` how many proofs each busy epoch has,
    `participants` every account that may have something to claim. `officers` are the accounts with an office, `opening`
    is the file of opening balances.
    """

    settings: DevnetSettings
    node: DevNode
    addresses: dict[str, str]
    bonus_token: str
    officers: dict[str, Account]
    participants: tuple[str, ...]
    proofs: dict[int, int]
    opening: Path
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
        return self.officers["signer"]

    @property
    def relayer(self) -> Account:
        """An account that pays for others' claims."""
        return self.officers["relayer"]

    def stop(self) -> None:
        """End the node, and remove its folder where that was a temporary one."""
        self.node.stop()
        if self.settings.folder is None:
            shutil.rmtree(self.node.log.parent, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class YoungDevnet:
    """A devnet before its traffic: whoever holds it drives the blocks of the plan in their order, then ends it."""

    devnet: Devnet
    plan: TrafficPlan
    driver: Driver

    def drive(self, block: PlannedBlock) -> None:
        """Put a block of the plan on the chain; UnsoundError when a call did not do what the plan says."""
        self.driver.drive(block, self.devnet.genesis)

    def end_traffic(self) -> None:
        """Let the last epoch end and be final; from now on every transaction is mined at once."""
        settings, rpc = self.devnet.settings, DevRpc(self.devnet.rpc)
        set_time(rpc, settings.genesis + settings.epochs * settings.length_seconds + _AFTER_LAST_EPOCH_SECONDS)
        rpc.call("evm_setAutomine", True)
        mine(rpc, _BLOCKS_TO_FINALIZE)
        if settings.state_file is not None:
            dump_state(rpc, settings.state_file)


def run_devnet(settings: DevnetSettings) -> Devnet:
    """Start a node, deploy, drive the traffic; return with the last epoch ended and finalized.

    Errors: InputError when anvil or the contracts are missing, RetryLaterError when the node fails, UnsoundError
    when a call did not do what the plan says.
    """
    young = begin_devnet(settings)
    try:
        for block in young.plan.blocks:
            young.drive(block)
        young.end_traffic()
    except BaseException:
        young.devnet.node.stop()
        raise
    return young.devnet


def begin_devnet(settings: DevnetSettings) -> YoungDevnet:
    """Start a node and deploy; the errors are those of `run_devnet`. Blocks are mined on demand alone."""
    folder = settings.folder or Path(tempfile.mkdtemp(prefix="pozk-devnet-"))
    node = start_node(_node_settings(settings, folder))
    try:
        young = YoungDevnet(*_prepare(settings, node, folder))
        DevRpc(node.rpc).call("evm_setAutomine", False)
    except BaseException:
        node.stop()
        raise
    return young


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
        accounts=len(OFFICES) + settings.participants,
        mnemonic=settings.mnemonic,
        genesis_time=settings.genesis - SETUP_SECONDS - _DEPLOY_SECONDS,
        detached=settings.detached,
        binary=settings.anvil,
    )


def _prepare(settings: DevnetSettings, node: DevNode, folder: Path) -> tuple[Devnet, TrafficPlan, Driver]:
    """Deploy and wire, and return what drives the plan. Every block is a second after the one before."""
    rpc = DevRpc(node.rpc)
    rpc.call("anvil_setBlockTimestampInterval", _CLOCK_STEP_SECONDS)
    officers = dict(zip(OFFICES, node.accounts, strict=False))
    proofs = prepare_proofs(tasks_in_all(settings)) if settings.genuine_proofs else None
    wiring = _wiring_settings(settings, officers, proofs.attestation if proofs else None)
    sender = WiringSender(node.rpc, [officers["dao"].private_key, officers["treasury"].private_key])
    saved = folder / "addresses.json"
    saved.unlink(missing_ok=True)  # the chain is new, whatever an earlier one left in the folder
    contracts = wire(sender, wiring, saved).deployed.contracts
    participants = tuple(account.address for account in node.accounts[len(OFFICES) :])
    opening = _write_opening(folder / "opening.bin", contracts, (*participants[:3], officers["outsider"].address))
    wire(sender, replace(wiring, opening=read_opening(opening)), saved)
    names = {office: account.address for office, account in officers.items()}
    names |= {participant(number).text: address for number, address in enumerate(participants)}
    keys = {account.address: account.private_key for account in node.accounts}
    driver = Driver(rpc, names, _targets(contracts, artifact_names(wiring)), keys)
    random_ = random.Random(settings.seed)  # noqa: S311 -- repeatable traffic, no secrets
    plan = plan_traffic(
        settings, GenuineStatements(proofs.by_scheme, random_) if proofs else PreimageStatements(random_)
    )
    paid = (*participants, *(officers[office].address for office in _PAID_OFFICERS))
    addresses = {key: contracts[key] for key in CONFIG_KEYS}
    devnet = Devnet(settings, node, addresses, contracts["bonus_token"], officers, paid, plan.proofs, opening)
    return devnet, plan, driver


def _write_opening(path: Path, contracts: dict[str, str], accounts: tuple[str, ...]) -> Path:
    """Write what the network owes from before, in both tokens."""
    rows = [(contracts["token"], account, (1 + place) * 1_000 * WEI + place) for place, account in enumerate(accounts)]
    rows += [(contracts["bonus_token"], account, WEI + place) for place, account in enumerate(accounts[1:])]
    path.write_bytes(encode_opening(rows))
    return path


def _targets(contracts: dict[str, str], artifacts: dict[str, str]) -> dict[str, Target]:
    """Return contracts by the names of the plan: that of the artifact, or the key where several share one."""
    return {
        key if key in _NAMED_BY_KEY else artifacts[key]: Target(address, load_artifact(artifacts[key]))
        for key, address in contracts.items()
    }


def _wiring_settings(
    settings: DevnetSettings, officers: dict[str, Account], attestation: Attestation | None
) -> WiringSettings:
    return WiringSettings(
        genesis=settings.genesis,
        length_seconds=settings.length_seconds,
        deployer=officers["dao"].address,
        dao=officers["dao"].address,
        guardian=officers["guardian"].address,
        arbiter=officers["arbiter"].address,
        slasher=officers["slasher"].address,
        treasury=officers["treasury"].address,
        members=(officers["signer"].address,),
        pauser=officers["guardian"].address,
        activation_delay_seconds=settings.length_seconds // 24,
        development=True,
        attestation=attestation,
    )
