"""One pass over a deployment: what is there is verified, what is missing is deployed, what is owed is done."""

from dataclasses import dataclass
from pathlib import Path

from web3 import Web3
from web3.contract import Contract

from deploy.artifacts import CONTRACTS_DIR, Artifact, load_artifact
from deploy.wiring.checks import (
    WiringDifference,
    answer_of,
    expected_facts,
    find_differences,
    find_other_code,
    find_other_treasury,
    find_other_values,
    office_facts,
    parameter_facts,
)
from deploy.wiring.deployment import (
    MADE_BY_DISTRIBUTOR,
    AddressBook,
    Deployed,
    artifact_names,
    deployments,
    load_deployed,
    save_deployed,
)
from deploy.wiring.duties import Duty, duties
from deploy.wiring.sender import WiringSender
from deploy.wiring.settings import WiringSettings
from indexer.words.errors import InputError


@dataclass(frozen=True, slots=True)
class WiringResult:
    """Where everything is, what this pass did, what is owed by accounts whose keys are not at hand, what differs."""

    deployed: Deployed
    done: tuple[str, ...]
    owed: tuple[Duty, ...]
    differences: tuple[WiringDifference, ...] = ()


def wire(
    sender: WiringSender, settings: WiringSettings, out: Path, contracts_dir: Path = CONTRACTS_DIR
) -> WiringResult:
    """Deploy and wire on the sender's chain, remembering addresses in `out`; run again it sends nothing.

    InputError when `out` or a contract at one of its addresses does not fit the settings or the build, before
    anything is sent; the others are those of `Sender.transact`.
    """
    artifacts = _load_artifacts(settings, contracts_dir)
    known = load_known(sender, settings, out, contracts_dir)
    done = _deploy_missing(sender, settings, known, artifacts, out)
    contracts = _contracts(sender, artifacts, known.contracts)
    if done:
        _verify_fixed(sender, settings, artifacts, contracts)
    owed: list[Duty] = []
    for duty in duties(settings, contracts):
        if duty.is_done():
            continue
        if not sender.can_sign(duty.sender):
            owed.append(duty)
            continue
        sender.transact(contracts[duty.key], duty.function, list(duty.arguments), duty.sender)
        done.append(str(duty))
    return WiringResult(known, tuple(done), tuple(owed))


def load_known(
    sender: WiringSender, settings: WiringSettings, out: Path, contracts_dir: Path = CONTRACTS_DIR
) -> Deployed:
    """Return what an earlier run deployed; InputError where it does not fit the settings or the build."""
    artifacts = _load_artifacts(settings, contracts_dir)
    known = _load(sender, settings, out)
    _verify_fixed(sender, settings, artifacts, _contracts(sender, artifacts, known.contracts))
    return known


def verify_wiring(
    sender: WiringSender, settings: WiringSettings, out: Path, contracts_dir: Path = CONTRACTS_DIR
) -> WiringResult:
    """Compare a whole deployment with the build and the settings: code, links, offices, parameters. Nothing is sent.

    InputError where a contract is missing; what differs is in the result.
    """
    artifacts = _load_artifacts(settings, contracts_dir)
    known = _load(sender, settings, out)
    contracts = _contracts(sender, artifacts, known.contracts)
    found = _differences(sender, settings, artifacts, contracts)
    found += find_differences(parameter_facts(settings), contracts)
    if not found:  # what is owed or was set can be asked only of contracts that are those of the settings
        found += find_other_values(settings, contracts["parameters"])
    owed = () if found else tuple(duty for duty in duties(settings, contracts) if not duty.is_done())
    return WiringResult(known, (), owed, tuple(found))


def _load_artifacts(settings: WiringSettings, contracts_dir: Path) -> dict[str, Artifact]:
    return {key: load_artifact(name, contracts_dir) for key, name in artifact_names(settings).items()}


def _load(sender: WiringSender, settings: WiringSettings, out: Path) -> Deployed:
    known = load_deployed(out, sender.chain_id())
    if settings.token is not None:
        known.contracts.setdefault("token", settings.token)
    return known


def _contracts(sender: WiringSender, artifacts: dict[str, Artifact], at: AddressBook) -> dict[str, Contract]:
    return {key: _contract(sender, artifacts[key], address) for key, address in at.items() if key in artifacts}


def _verify_fixed(
    sender: WiringSender, settings: WiringSettings, artifacts: dict[str, Artifact], contracts: dict[str, Contract]
) -> None:
    for difference in _differences(sender, settings, artifacts, contracts):
        raise difference.error


def _differences(
    sender: WiringSender, settings: WiringSettings, artifacts: dict[str, Artifact], contracts: dict[str, Contract]
) -> list[WiringDifference]:
    """Return what no later run can mend: clock, links, offices that constructors hand out, code.

    Contracts that are not there yet are left out.
    """
    at = {key: str(contract.address) for key, contract in contracts.items()}
    other_code = _other_code(sender, settings, artifacts, contracts)
    wanted = [*expected_facts(settings, at), *office_facts(settings)]
    return [*find_differences(wanted, contracts), *find_other_treasury(settings, contracts), *other_code]


def _other_code(
    sender: WiringSender, settings: WiringSettings, artifacts: dict[str, Artifact], contracts: dict[str, Contract]
) -> list[WiringDifference]:
    """Return whose code is not that of the build; a token that was given is not of it."""
    codes = {key: _code_of(sender, contract) for key, contract in contracts.items()}
    if settings.token is not None:
        codes.pop("token", None)
    return find_other_code(codes, artifacts, contracts)


def _deploy_missing(
    sender: WiringSender, settings: WiringSettings, known: Deployed, artifacts: dict[str, Artifact], out: Path
) -> list[str]:
    """Deploy what has no address yet, saving each address as soon as it is known."""
    done = []
    for entry in deployments(settings):
        if entry.key in known.contracts:
            continue
        address = sender.deploy(artifacts[entry.key], entry.arguments(known.contracts), settings.deployer)
        known.contracts[entry.key] = address
        save_deployed(known, out)
        done.append(f"deployed {entry.key} at {address}")
    distributor = _contract(sender, artifacts["distributor"], known.contracts["distributor"])
    named = {key: str(answer_of(distributor, view)) for key, (view, _) in MADE_BY_DISTRIBUTOR.items()}
    known.contracts.update({key: address for key, address in named.items() if Web3.is_address(address)})
    save_deployed(known, out)
    return done


def _contract(sender: WiringSender, artifact: Artifact, address: str) -> Contract:
    return sender.web3.eth.contract(address=Web3.to_checksum_address(address), abi=artifact.abi)


def _code_of(sender: WiringSender, contract: Contract) -> bytes:
    code = bytes(sender.web3.eth.get_code(contract.address))
    if not code:
        raise InputError(
            "no contract at a saved address",
            expected="code",
            got="none",
            where=str(contract.address),
            remedy="name another --out file for another chain",
        )
    return code
