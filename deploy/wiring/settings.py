"""What a deployment is made from: the clock, the offices, the market's stakes, the first parameters."""

from dataclasses import dataclass

from deploy.wiring.opening import Opening
from indexer.rules.protocols.reference import REFERENCE
from settlement.rules.rulesets.registry import names_of

WEI = 10**18
RULESETS = names_of(REFERENCE.family)
"""What can settle the network, the usual one first."""
BURN_BPS = 200
"""Burned share of every fee in basis points unless the settings say otherwise."""
CHALLENGE_BOND_WEI = 1_000 * WEI
"""What a challenge of a pending root takes unless the settings say otherwise."""
CAPACITY_STAKE_WEI = 100 * WEI
"""What an open acceptance locks of a miner's stake unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class InitialWeights:
    """Exponents in basis points (a + b = c + d = 10000) and the milli-gates one task counts for."""

    a_bps: int = 5_000
    b_bps: int = 5_000
    c_bps: int = 5_000
    d_bps: int = 5_000
    usage_unit: int = 10_000_000


@dataclass(frozen=True, slots=True)
class Attestation:
    """Whose signature stands for a zkVM's seal on development networks, and of which program (both 0x hex)."""

    attestor: str
    image_id: str


@dataclass(frozen=True, slots=True)
class WiringSettings:
    """One deployment; addresses are 0x hex.

    `token` None deploys a DevToken owned by the DAO. `development` adds what only a local chain needs: a second
    DevToken for bonuses and verifiers, which are those of the development circuit where there is an `attestation`
    and preimage verifiers otherwise. `members` are the oracle committee, `arbiter` decides the market's disputes,
    `pauser` stops what has to be stopped at once. `min_fee_wei` is the least fee of a task of any scheme, `burn_bps`
    the burned share of every fee in basis points; a challenge of a pending root takes `challenge_bond_wei` and adds
    `challenge_extension_seconds`. These and the initial parameters, which hold from epoch `first` on, are sent only
    while none of their kind has been set. `opening` are the balances that a network brings along;
    they can be added until epoch `first` has ended. Each `ruleset` says itself (`settlement/rules/rulesets`)
    what it means for a network; the DAO may choose another for a later epoch.
    """

    genesis: int
    length_seconds: int
    deployer: str
    dao: str
    guardian: str
    arbiter: str
    slasher: str
    treasury: str
    members: tuple[str, ...]
    pauser: str
    first: int = 0
    activation_delay_seconds: int = 3_600
    challenge_bond_wei: int = CHALLENGE_BOND_WEI
    challenge_extension_seconds: int = 86_400
    token: str | None = None
    bonus_tokens: tuple[str, ...] = ()
    min_bonus_wei: int = WEI
    capacity_stake_wei: int = CAPACITY_STAKE_WEI
    miss_slash_wei: int = 10 * WEI
    min_fee_wei: int = WEI // 10
    burn_bps: int = BURN_BPS
    weights: InitialWeights = InitialWeights()
    alphas_milli: tuple[int, int, int] = (1_000, 200, 4_000)
    emission_wei: int = 1_000_000 * WEI
    ruleset: str = RULESETS[0]
    residual: int = 0
    opening: Opening | None = None
    development: bool = False
    attestation: Attestation | None = None
