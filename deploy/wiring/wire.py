"""One pass over a deployment: what is missing is deployed, what is there is verified, what is owed is done."""

from dataclasses import dataclass
from pathlib import Path

from web3 import Web3
from web3.contract import Contract

from deploy.artifacts import CONTRACTS_DIR, Artifact, load_artifact
from deploy.wiring.checks import answer_of, expected_facts, verify_facts
from deploy.wiring.deployment import (
    MADE_BY_DISTRIBUTOR,
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
    """Where everything is, what this pass did, and what is owed by accounts whose keys are not at hand."""

    deployed: Deployed
    done: tuple[str, ...]
    owed: tuple[Duty, ...]


def wire(
    sender: WiringSender, settings: WiringSettings, out: Path, contracts_dir: Path = CONTRACTS_DIR
) -> WiringResult:
    """Deploy and wire on the sender's chain, remembering addresses in `out`; run again it sends nothing.

    InputError when `out` or a contract at one of its addresses does not fit the settings; the others are those
    of `Sender.transact`.
    """
    names = artifact_names(settings)
    artifacts = {key: load_artifact(name, contracts_dir) for key, name in names.items()}
    known = load_deployed(out, sender.chain_id())
    if settings.token is not None:
        known.contracts.setdefault("token", settings.token)
    done = _deploy_missing(sender, settings, known, artifacts, out)
    contracts = {key: _contract(sender, artifacts[key], at) for key, at in known.contracts.items() if key in artifacts}
    for contract in contracts.values():
        _verify_code(sender, contract)
    verify_facts(expected_facts(settings, known.contracts), contracts)
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


def _verify_code(sender: WiringSender, contract: Contract) -> None:
    if not sender.web3.eth.get_code(contract.address):
        raise InputError(
            "no contract at a saved address",
            expected="code",
            got="none",
            where=str(contract.address),
            remedy="name another --out file for another chain",
        )
