"""What a right wiring looks like from outside: what is fixed for ever (code, constants, links), offices, parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web3.contract import Contract
from web3.exceptions import Web3Exception

from deploy.artifacts import Artifact
from deploy.wiring.deployment import MADE_BY_DISTRIBUTOR
from deploy.wiring.settings import WiringSettings
from indexer.words.errors import InputError
from settlement.rules.contracts.wiring import is_code_of

_CLOCKED = ("app_registry", "parameters", "staking", "market_desk", "task_market", "distributor")
_MARKET = ("market_desk", "task_market")
"""The market's code lies in two contracts, which must say the same."""
_OWNED = ("app_registry", "parameters", "staking", "task_market", "distributor")
_REMEDY = "use the settings it was deployed with, or another address file"


@dataclass(frozen=True, slots=True)
class Fact:
    """A view of the contract `key` has to answer `expected` (addresses compared without letter case)."""

    key: str
    view: str
    expected: Any
    arguments: tuple[Any, ...] = ()

    @property
    def call(self) -> str:
        """Return the view as it is called."""
        return self.view + (f"({', '.join(map(str, self.arguments))})" if self.arguments else "")


@dataclass(frozen=True, slots=True)
class WiringDifference:
    """What a contract of a deployment is otherwise than it should be."""

    key: str
    expected: str
    got: str
    where: str

    @property
    def error(self) -> InputError:
        """Return it as what is wrong with an address file or with settings."""
        what = f"{self.key} is wired otherwise"
        return InputError(what, expected=self.expected, got=self.got, where=self.where, remedy=_REMEDY)

    def __str__(self) -> str:
        return f"{self.key} at {self.where}: expected {self.expected}, got {self.got}"


def expected_facts(settings: WiringSettings, at: Mapping[str, str]) -> list[Fact]:
    """Return the clock of every contract and the links between those that are there."""
    clock = (("genesis", settings.genesis), ("lengthSeconds", settings.length_seconds), ("first", settings.first))
    links = [(key, "token", "token") for key in ("staking", *_MARKET, "distributor")]
    links += [(key, "registry", "app_registry") for key in ("staking", *_MARKET)]
    links += [(key, "staking", "staking") for key in _MARKET]
    links += [("app_registry", "parameters", "parameters"), ("task_market", "desk", "market_desk")]
    links += [("distributor", "parameters", "parameters"), ("reward_relay", "staking", "staking")]
    links += [(key, "distributor", "distributor") for key in MADE_BY_DISTRIBUTOR]
    return [
        *(Fact(key, view, expected) for key in _CLOCKED for view, expected in clock),
        *(Fact(key, view, at[other]) for key, view, other in links if other in at),
    ]


def office_facts(settings: WiringSettings) -> list[Fact]:
    """Return who may do what, and what constructors fix beside; the treasury takes its office itself."""
    members = list(settings.members)
    return [
        *(Fact(key, "owner", settings.dao) for key in _OWNED),
        Fact("distributor", "guardian", settings.guardian),
        Fact("distributor", "pauser", settings.pauser),
        Fact("distributor", "members", members),
        Fact("distributor", "quorum", len(members) // 2 + 1),
        Fact("distributor", "activationDelay", settings.activation_delay_seconds),
        Fact("task_market", "arbiter", settings.arbiter),
        Fact("task_market", "pauser", settings.pauser),
        Fact("task_market", "capacityStake", settings.capacity_stake_wei),
        Fact("task_market", "missSlash", settings.miss_slash_wei),
    ]


def parameter_facts(settings: WiringSettings) -> list[Fact]:
    """Return the parameters that views tell; those of epochs are told by events (`first_values`)."""
    schemes = range(len(settings.alphas_milli))
    rules = [settings.challenge_bond_wei, settings.challenge_extension_seconds]
    return [
        *(Fact("task_market", "minFee", settings.min_fee_wei, (scheme,)) for scheme in schemes),
        Fact("task_market", "burnBps", settings.burn_bps),
        Fact("challenge_desk", "rules", rules),
        *(Fact("distributor", "minBonus", settings.min_bonus_wei, (token,)) for token in settings.bonus_tokens),
    ]


def find_differences(facts: Sequence[Fact], contracts: Mapping[str, Contract]) -> list[WiringDifference]:
    """Return which facts about contracts that are there do not hold."""
    found = []
    for fact in facts:
        if fact.key not in contracts:
            continue
        contract = contracts[fact.key]
        got = answer_of(contract, fact.view, *fact.arguments)
        if str(got).lower() != str(fact.expected).lower():
            expected, said = f"{fact.call} {fact.expected}", str(got)
            found.append(WiringDifference(fact.key, expected, said, str(contract.address)))
    return found


def find_other_treasury(settings: WiringSettings, contracts: Mapping[str, Contract]) -> list[WiringDifference]:
    """Return whether another treasury has the office, or is offered it: it takes it itself."""
    distributor = contracts.get("distributor")
    if distributor is None:
        return []
    held = [str(answer_of(distributor, view)) for view in ("treasury", "pendingTreasury")]
    if settings.treasury.lower() in (each.lower() for each in held):
        return []
    return [WiringDifference("distributor", f"treasury {settings.treasury}", ", ".join(held), str(distributor.address))]


def find_other_code(
    codes: Mapping[str, bytes], artifacts: Mapping[str, Artifact], contracts: Mapping[str, Contract]
) -> list[WiringDifference]:
    """Return which contracts have other code than the build, but for the immutables; an older build says nothing."""
    return [
        WiringDifference(key, "the code of this build", "other code", str(contracts[key].address))
        for key, code in codes.items()
        if artifacts[key].deployed and not is_code_of(code, artifacts[key].deployed, artifacts[key].immutables)
    ]


def find_other_values(settings: WiringSettings, parameters: Contract) -> list[WiringDifference]:
    """Return which parameters of epoch `first` are others, by the newest event of each kind; none is a duty owed."""
    weights, first = settings.weights, settings.first
    ruleset = settings.ruleset.encode("ascii").ljust(32, b"\0")
    wanted = [
        ("WeightsSet", {}, (weights.a_bps, weights.b_bps, weights.c_bps, weights.d_bps, weights.usage_unit)),
        *(
            ("SchemeWeightSet", {"scheme": scheme}, (scheme, alpha))
            for scheme, alpha in enumerate(settings.alphas_milli)
        ),
        ("EmissionSet", {}, (settings.emission_wei,)),
        ("RulesetSet", {}, (ruleset, settings.residual)),
    ]
    found = []
    for event, indexed, expected in wanted:
        of_first = {"fromEpoch": first, **indexed}
        logs = parameters.events[event]().get_logs(from_block=0, argument_filters=of_first)
        got = tuple(logs[-1]["args"].values())[1:] if logs else expected
        if got != expected:
            said = f"{event} of epoch {first} {_plain(expected)}"
            found.append(WiringDifference("parameters", said, str(_plain(got)), str(parameters.address)))
    return found


def _plain(values: tuple[Any, ...]) -> list[Any]:
    return [each.rstrip(b"\0").decode("ascii", "replace") if isinstance(each, bytes) else each for each in values]


def answer_of(contract: Contract, view: str, *arguments: Any) -> Any:
    """Return the answer of a view; a contract that has none is answered in words."""
    try:
        answer = contract.functions[view](*arguments).call()
    except Web3Exception as error:
        return f"no answer ({type(error).__name__})"
    return list(answer) if isinstance(answer, tuple) else answer
