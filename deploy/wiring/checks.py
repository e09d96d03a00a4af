"""What a right wiring looks like from outside: constants and links that a constructor fixed for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from web3.contract import Contract
from web3.exceptions import Web3Exception

from deploy.wiring.settings import WiringSettings
from indexer.words.errors import InputError

_CLOCKED = ("app_registry", "parameters", "staking", "market_desk", "task_market", "distributor")
_MARKET = ("market_desk", "task_market")
"""The market's code lies in two contracts, which must say the same."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`view()` of the contract `key` has to answer `expected` (addresses compared without letter case)."""

    key: str
    view: str
    expected: Any


def expected_facts(settings: WiringSettings, at: Mapping[str, str]) -> list[Fact]:
    """Return the clock of every contract and the links between them."""
    clock = (("genesis", settings.genesis), ("lengthSeconds", settings.length_seconds), ("first", settings.first))
    facts = [Fact(key, view, expected) for key in _CLOCKED for view, expected in clock]
    facts += [Fact(key, "token", at["token"]) for key in ("staking", *_MARKET, "distributor")]
    facts += [Fact(key, "registry", at["app_registry"]) for key in ("staking", *_MARKET)]
    facts += [Fact(key, "staking", at["staking"]) for key in _MARKET]
    return [
        *facts,
        Fact("app_registry", "parameters", at["parameters"]),
        Fact("task_market", "desk", at["market_desk"]),
        Fact("distributor", "parameters", at["parameters"]),
        Fact("reward_relay", "staking", at["staking"]),
    ]


def verify_facts(facts: list[Fact], contracts: Mapping[str, Contract]) -> None:
    """Ask the chain for every fact; InputError names the first that differs."""
    for fact in facts:
        contract = contracts[fact.key]
        got = answer_of(contract, fact.view)
        if str(got).lower() != str(fact.expected).lower():
            raise InputError(
                f"{fact.key} is wired otherwise",
                expected=f"{fact.view} {fact.expected}",
                got=str(got),
                where=str(contract.address),
                remedy="use the settings it was deployed with, or another address file",
            )


def answer_of(contract: Contract, view: str) -> Any:
    """Return the answer of a view without arguments; a contract that has none is answered in words."""
    try:
        return contract.functions[view]().call()
    except Web3Exception as error:
        return f"no answer ({type(error).__name__})"
