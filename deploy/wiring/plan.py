"""What a deployment would send, and whether its settings can work: looked at before the first transaction."""

from dataclasses import dataclass
from pathlib import Path

from web3 import Web3

from deploy.artifacts import CONTRACTS_DIR, Artifact, load_artifact
from deploy.wiring.deployment import artifact_names, deployments
from deploy.wiring.sender import WiringSender
from deploy.wiring.settings import WiringSettings
from deploy.wiring.wire import load_known
from indexer.words.errors import InputError

_CREATE_GAS, _BYTE_GAS, _CODE_BYTE_GAS, _CALL_GAS = 53_000, 16, 200, 90_000
_DUTIES = 20
"""Calls after the deployment, at most."""
_LONGEST_DELAY_SECONDS = 30 * 86_400
_LONGEST_EXTENSION_SECONDS = 7 * 86_400
_FURTHEST_GENESIS_SECONDS = 3660 * 86_400
_LEAST_DELAY_PART, _MOST_MEMBERS, _MOST_BONUS_TOKENS = 24, 32, 16
_MOST_EMISSION, _MOST_OPENING = 10**36, (10**38 - 1) // 3
"""As the contracts bound them: what is beyond would be refused half-way through a deployment."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is there, what would be deployed in which order, about how much gas all of it takes, and its price now."""

    there: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    gas: int
    price_wei: int

    @property
    def cost_wei(self) -> int:
        """Return about what the gas costs at the price of now."""
        return self.gas * self.price_wei


def make_plan(sender: WiringSender, settings: WiringSettings, out: Path, contracts_dir: Path = CONTRACTS_DIR) -> Plan:
    """Return what `wire` would do; InputError where the settings cannot work, or do not fit what is there.

    Nothing is sent.
    """
    verify_settings(settings, int(sender.web3.eth.get_block("latest")["timestamp"]))
    for token in (settings.token, *settings.bonus_tokens):
        if token is not None and not sender.web3.eth.get_code(Web3.to_checksum_address(token)):
            raise InputError("no contract at the token's address", expected="code", got="none", where=token)
    known = load_known(sender, settings, out, contracts_dir)
    names = artifact_names(settings)
    missing = [entry.key for entry in deployments(settings) if entry.key not in known.contracts]
    gas = sum(_deployment_gas(load_artifact(names[key], contracts_dir)) for key in missing) + _DUTIES * _CALL_GAS
    return Plan(tuple(known.contracts.items()), tuple(missing), gas, int(sender.web3.eth.gas_price))


def _deployment_gas(artifact: Artifact) -> int:
    code = len(artifact.bytecode.removeprefix("0x")) // 2
    return _CREATE_GAS + code * (_BYTE_GAS + _CODE_BYTE_GAS)


def verify_settings(settings: WiringSettings, now: int) -> None:
    """Raise InputError where a deployment of these settings would fail, or stand for something nobody wants."""
    _expect("--length-seconds", settings.length_seconds > 0, "at least 1", settings.length_seconds)
    genesis, earliest = settings.genesis, now - settings.length_seconds * (settings.first + 1) + 1
    near = earliest <= genesis <= now + _FURTHEST_GENESIS_SECONDS
    span = f"from {earliest} to {now + _FURTHEST_GENESIS_SECONDS}"
    _expect("--genesis", near, f"{span}: epoch {settings.first} must not have ended, nor begin in years", genesis)
    verify_offices(settings)
    least, delay = max(1, settings.length_seconds // _LEAST_DELAY_PART), settings.activation_delay_seconds
    _expect(
        "--activation-delay",
        least <= delay < min(settings.length_seconds, _LONGEST_DELAY_SECONDS),
        f"from {least} (a {_LEAST_DELAY_PART}th of an epoch) to below an epoch",
        delay,
    )
    _verify_challenges(settings)
    _expect("--emission", 0 <= settings.emission_wei <= _MOST_EMISSION, "at most 10^36", settings.emission_wei)
    if settings.opening is not None:
        for token, amount in settings.opening.sums:
            _expect("--opening", amount <= _MOST_OPENING, f"at most {_MOST_OPENING} of {token}", amount)


def verify_offices(settings: WiringSettings) -> None:
    """Raise InputError for an account that can have no office, or a committee or tokens that cannot be."""
    offices = ("dao", "guardian", "arbiter", "pauser", "slasher", "treasury")
    named = {f"--{office}": getattr(settings, office) for office in offices}
    named |= {f"--member {place}": member for place, member in enumerate(settings.members)}
    named |= {f"--bonus-token {place}": token for place, token in enumerate(settings.bonus_tokens)}
    for name, address in named.items():
        is_address = Web3.is_address(address) and int(address, 16) != 0
        _expect(name, is_address, "an address other than zero", address)
    members, tokens = ({each.lower() for each in listed} for listed in (settings.members, settings.bonus_tokens))
    _expect("--member", 0 < len(members) == len(settings.members), "each member once", ", ".join(settings.members))
    _expect("--member", len(members) <= _MOST_MEMBERS, f"at most {_MOST_MEMBERS} members", len(members))
    fits = len(tokens) == len(settings.bonus_tokens) <= _MOST_BONUS_TOKENS
    _expect("--bonus-token", fits, f"each once, at most {_MOST_BONUS_TOKENS}", ", ".join(settings.bonus_tokens))


def _verify_challenges(settings: WiringSettings) -> None:
    """Hold what a challenge takes and adds against what the contract takes."""
    bond, extension = settings.challenge_bond_wei, settings.challenge_extension_seconds
    _expect("--challenge-bond", 0 <= bond < 2**96, "below 2^96 wei", bond)
    _expect("--challenge-extension", 0 <= extension <= _LONGEST_EXTENSION_SECONDS, "at most 7 days", extension)


def _expect(what: str, holds: bool, expected: str, got: object) -> None:
    if not holds:
        raise InputError(f"{what} cannot work", expected=expected, got=str(got), remedy="nothing was sent; correct it")
