"""What has to be done once after deployment: offices, allow-lists, the treasury's allowance, first parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak
from web3 import Web3
from web3.contract import Contract

from deploy.wiring.settings import WiringSettings

Contracts = Mapping[str, Contract]
_UNLIMITED = 2**256 - 1


@dataclass(frozen=True, slots=True)
class Duty:
    """One call that `sender` owes the contract `key`, unless `is_done` sees its effect on the chain."""

    sender: str
    key: str
    function: str
    arguments: tuple[Any, ...]
    is_done: Callable[[], bool]

    def __str__(self) -> str:
        written = (Web3.to_hex(each) if isinstance(each, bytes) else str(each) for each in self.arguments)
        return f"{self.sender} calls {self.key}.{self.function}({', '.join(written)})"


def duties(settings: WiringSettings, contracts: Contracts) -> list[Duty]:
    """Return every duty in the order in which they are to be done."""
    return [
        *_slashers(settings, contracts),
        *_bonus_tokens(settings, contracts),
        *_market_rules(settings, contracts),
        _challenge_rules(settings, contracts),
        _distributor_named(settings, contracts),
        *_parameters(settings, contracts),
        *_opening(settings, contracts),
        *_treasury(settings, contracts),
    ]


def _slashers(settings: WiringSettings, contracts: Contracts) -> list[Duty]:
    """The market slashes for missed deadlines, the slasher by hand."""
    staking = contracts["staking"]

    def allowed(account: str) -> Callable[[], bool]:
        return lambda: bool(staking.functions.isSlasher(account).call())

    def duty(account: str) -> Duty:
        code_hash = keccak(staking.w3.eth.get_code(Web3.to_checksum_address(account)))
        return Duty(settings.dao, "staking", "setSlasher", (account, True, code_hash), allowed(account))

    return [duty(account) for account in (str(contracts["task_market"].address), settings.slasher)]


def _bonus_tokens(settings: WiringSettings, contracts: Contracts) -> list[Duty]:
    distributor = contracts["distributor"]
    tokens = [*settings.bonus_tokens]
    if settings.development:
        tokens.append(str(contracts["bonus_token"].address))

    def listed(token: str) -> Callable[[], bool]:
        return lambda: int(distributor.functions.minBonus(token).call()) > 0

    least = settings.min_bonus_wei
    return [Duty(settings.dao, "distributor", "setBonusToken", (it, least), listed(it)) for it in tokens]


def _market_rules(settings: WiringSettings, contracts: Contracts) -> list[Duty]:
    """Fees that make self-dealing cost something, set while nobody has set any."""
    market = contracts["task_market"]
    fees = [
        Duty(
            settings.dao,
            "task_market",
            "setMinFee",
            (scheme, settings.min_fee_wei),
            _seen(market, "MinFeeSet", scheme=scheme),
        )
        for scheme in range(len(settings.alphas_milli))
    ]
    shares = (settings.burn_bps, 0, 0)
    return [*fees, Duty(settings.dao, "task_market", "setFeeShares", shares, _seen(market, "FeeSharesSet"))]


def _challenge_rules(settings: WiringSettings, contracts: Contracts) -> Duty:
    """Without a bond nobody can challenge a root."""
    rules = (settings.challenge_bond_wei, settings.challenge_extension_seconds)
    return Duty(
        settings.dao, "challenge_desk", "setRules", rules, _seen(contracts["challenge_desk"], "ChallengeRulesSet")
    )


def _distributor_named(settings: WiringSettings, contracts: Contracts) -> Duty:
    """Parameters ask the distributor which epochs are settled: those are not voided."""
    parameters, distributor = contracts["parameters"], str(contracts["distributor"].address)

    def is_named() -> bool:
        return str(parameters.functions.distributor().call()) == distributor

    return Duty(settings.dao, "parameters", "setDistributor", (distributor,), is_named)


def _parameters(settings: WiringSettings, contracts: Contracts) -> list[Duty]:
    """First values from epoch `first` on. Their only trace is their event: one of the kind means it was done."""
    parameters, first, weights = contracts["parameters"], settings.first, settings.weights

    def duty(function: str, is_done: Callable[[], bool], *arguments: Any) -> Duty:
        return Duty(settings.dao, "parameters", function, (first, *arguments), is_done)

    bps = (weights.a_bps, weights.b_bps, weights.c_bps, weights.d_bps)
    alphas = [
        duty("setSchemeWeight", _seen(parameters, "SchemeWeightSet", scheme=scheme), scheme, alpha)
        for scheme, alpha in enumerate(settings.alphas_milli)
    ]
    ruleset = settings.ruleset.encode("ascii").ljust(32, b"\0")
    return [
        duty("setWeights", _seen(parameters, "WeightsSet"), *bps, weights.usage_unit),
        *alphas,
        duty("setEmission", _seen(parameters, "EmissionSet"), settings.emission_wei),
        duty("setRuleset", _seen(parameters, "RulesetSet"), ruleset, settings.residual),
    ]


def _opening(settings: WiringSettings, contracts: Contracts) -> list[Duty]:
    """What a network that moves here owes from before: a sum and the file's hash for each token."""
    parameters = contracts["parameters"]

    def added(token: str) -> Callable[[], bool]:
        return lambda: int(parameters.functions.openingOf(token).call()) > 0

    if settings.opening is None:
        return []
    sha256 = settings.opening.sha256
    return [
        Duty(settings.dao, "parameters", "addOpening", (token, amount, sha256), added(token))
        for token, amount in settings.opening.sums
    ]


def _treasury(settings: WiringSettings, contracts: Contracts) -> list[Duty]:
    """It takes its office itself; on a development chain it is also filled: with a thousand epochs' emission."""
    token, distributor = contracts["token"], contracts["distributor"]
    spender = str(distributor.address)

    def has_accepted() -> bool:
        return str(distributor.functions.treasury().call()) == settings.treasury

    def has_allowance() -> bool:
        return int(token.functions.allowance(settings.treasury, spender).call()) > 0

    def is_filled() -> bool:
        return int(token.functions.balanceOf(settings.treasury).call()) > 0

    approve = Duty(settings.treasury, "token", "approve", (spender, _UNLIMITED), has_allowance)
    accept = Duty(settings.treasury, "distributor", "acceptTreasury", (), has_accepted)
    if not settings.development:
        return [approve, accept]
    fill = Duty(settings.dao, "token", "mint", (settings.treasury, 1_000 * settings.emission_wei), is_filled)
    return [fill, approve, accept]


def _seen(contract: Contract, event: str, **indexed: int) -> Callable[[], bool]:
    """Return the test whether the contract ever emitted the event with these indexed arguments."""
    return lambda: bool(contract.events[event]().get_logs(from_block=0, argument_filters=indexed))
