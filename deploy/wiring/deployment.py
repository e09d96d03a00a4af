"""Which contracts there are, how each is constructed from the ones before, and the file that remembers them."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.wiring.settings import WiringSettings
from indexer.words.errors import InputError

AddressBook = dict[str, str]
MADE_BY_DISTRIBUTOR = {"reward_relay": ("relay", "RewardRelay"), "challenge_desk": ("desk", "ChallengeDesk")}
"""The contracts that a distributor makes when it is made: by key the view that names each, and its artifact."""

_PLONK, _GROTH16 = 0, 1
_PUBLIC_SIGNALS = 2


@dataclass(frozen=True, slots=True)
class Deployed:
    """Addresses by key (those of the configuration's [contracts] section, and the development ones) on one chain."""

    chain_id: int
    contracts: AddressBook


@dataclass(frozen=True, slots=True)
class Deployment:
    """One contract to be there: its key, its artifact, its constructor's arguments from earlier addresses."""

    key: str
    artifact: str
    arguments: Callable[[AddressBook], list[Any]]


def load_deployed(path: Path, chain_id: int) -> Deployed:
    """Read what an earlier run saved; nothing deployed where there is no file, InputError on another chain's file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = Deployed(int(content["chain_id"]), {str(k): str(v) for k, v in content["contracts"].items()})
    except FileNotFoundError:
        return Deployed(chain_id, {})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("unreadable address file", got=str(error), where=str(path), remedy="move it away") from error
    if found.chain_id != chain_id:
        raise InputError(
            "address file of another chain",
            expected=f"chain id {chain_id}",
            got=str(found.chain_id),
            where=str(path),
            remedy="name another --out file",
        )
    return found


def save_deployed(deployed: Deployed, path: Path) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"chain_id": deployed.chain_id, "contracts": deployed.contracts}
    beside = path.with_suffix(path.suffix + ".new")
    beside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    os.replace(beside, path)


def deployments(settings: WiringSettings) -> list[Deployment]:
    """Return all contracts in the order of their dependence."""
    clock = (settings.genesis, settings.length_seconds, settings.first)
    owned = [clock, settings.dao]
    market_offices = (settings.dao, settings.arbiter, settings.pauser)
    capacity = (settings.capacity_stake_wei, settings.miss_slash_wei)
    reward_offices = (settings.dao, settings.treasury, settings.guardian, settings.pauser)
    committee = [settings.activation_delay_seconds, list(settings.members)]
    listed = [
        Deployment("parameters", "Parameters", lambda _: owned),
        Deployment("app_registry", "AppRegistry", lambda at: [*owned, at["parameters"]]),
        Deployment("staking", "Staking", lambda at: [*owned, at["token"], at["app_registry"]]),
        Deployment("market_desk", "MarketDesk", lambda at: [clock, at["token"], at["app_registry"], at["staking"]]),
        Deployment("task_market", "TaskMarket", lambda at: [at["market_desk"], market_offices, capacity]),
        Deployment(
            "distributor",
            "RewardDistributor",
            lambda at: [clock, reward_offices, at["token"], at["parameters"], at["staking"], *committee],
        ),
    ]
    if settings.token is None:
        listed.insert(0, Deployment("token", "DevToken", lambda _: ["PoZK development", "DPOZK", settings.dao]))
    return listed + (_development(settings) if settings.development else [])


def artifact_names(settings: WiringSettings) -> dict[str, str]:
    """Return the artifact of every key; a token that is not ours is read as a DevToken is."""
    deployed = {entry.key: entry.artifact for entry in deployments(settings)}
    return {"token": "DevToken"} | deployed | {key: artifact for key, (_, artifact) in MADE_BY_DISTRIBUTOR.items()}


def _development(settings: WiringSettings) -> list[Deployment]:
    """Return the bonus token and the verifiers of a local chain, `verifier<scheme>`."""
    bonus = Deployment("bonus_token", "DevToken", lambda _: ["Bonus development", "DBONUS", settings.dao])
    if settings.attestation is None:
        return [bonus, *(Deployment(f"verifier{scheme}", "PreimageVerifier", lambda _: []) for scheme in range(3))]
    attestor, image_id = settings.attestation.attestor, settings.attestation.image_id
    return [
        bonus,
        Deployment("plonk", "PlonkVerifier", lambda _: []),
        Deployment("groth16", "Groth16Verifier", lambda _: []),
        Deployment("risc0", "AttestedRiscZero", lambda _: [attestor]),
        Deployment("verifier0", "SnarkVerifier", lambda at: [at["plonk"], _PLONK, _PUBLIC_SIGNALS]),
        Deployment("verifier1", "SnarkVerifier", lambda at: [at["groth16"], _GROTH16, _PUBLIC_SIGNALS]),
        Deployment("verifier2", "ZkvmVerifier", lambda at: [at["risc0"], image_id]),
    ]
