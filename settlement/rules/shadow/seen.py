"""What the lake says of a deployed PoZK network: labor and stakes by epoch, settings and collects in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from indexer.words.quantities import ZERO_ADDRESS, Address
from settlement.rules.facts.aggregates import ROLE_MINER, ROLE_USER

FAMILY = "pozk"
"""Of the rulesets that such a network is shadowed by."""
OPENING, RETURNED, PAYMENT, DEPOSIT = "opening", "return", "payment", "deposit"
"""What a transfer is: what a pool opens with, what is left of it, what somebody is paid, what somebody pays in."""
Place = tuple[int, int]
"""Block and log."""


@dataclass(frozen=True, slots=True)
class AppLabor:
    """An app with labor in an epoch: its work, its own stake in wei, by role the labor and stake of each account."""

    work: int
    stake: int
    by_role: tuple[Mapping[Address, tuple[int, int]], Mapping[Address, tuple[int, int]]]

    @property
    def proofs(self) -> int:
        """How much labor it has; each counts once for a miner and once for a player."""
        return sum(labor for labor, _ in self.by_role[ROLE_MINER].values())

    def stake_of(self, role: int) -> int:
        """Return the stakes of all accounts with labor in a role."""
        return sum(stake for _, stake in self.by_role[role].values())

    @property
    def staked_labor(self) -> int:
        """The labor of accounts with a stake, of both roles."""
        return sum(labor for rows in self.by_role for labor, stake in rows.values() if stake)


@dataclass(frozen=True, slots=True)
class EpochLabor:
    """The apps with labor in an epoch."""

    epoch: int
    apps: Mapping[Address, AppLabor]

    @property
    def work(self) -> int:
        """The work of all of them."""
        return sum(app.work for app in self.apps.values())

    @property
    def stake(self) -> int:
        """The own stakes of all of them, in wei."""
        return sum(app.stake for app in self.apps.values())


@dataclass(frozen=True, slots=True)
class Setting:
    """A log that sets what pools are made of: alpha, beta, gamma, percent or pool, and its numbers."""

    place: Place
    what: str
    values: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Collect:
    """A collected amount: where, by which transaction, of what, by whom, in wei."""

    place: Place
    tx_index: int
    tx_hash: bytes
    epoch: int
    app: Address
    role: int
    account: Address
    amount: int


@dataclass(frozen=True, slots=True)
class Flow:
    """A transfer of the token from or to where rewards are, its kind, and who is at the other end; in wei."""

    place: Place
    tx_index: int
    kind: str
    account: Address
    amount: int


@dataclass(frozen=True, slots=True)
class ExtraDeposit:
    """Extra rewards that somebody deposited for an app in an epoch, in wei of a token."""

    place: Place
    tx_index: int
    epoch: int
    app: Address
    token: Address
    amount: int


@dataclass(frozen=True, slots=True)
class NetworkSeen:
    """Everything that a shadow is computed from, up to the block `finalized`.

    `deposits` are extra rewards, `claims` what of them was announced, by (epoch, app), as pools opened; `token` is the
    one whose transfers are `flows`; `owners` are the last ones of apps that were handed over. `vesting` says where
    the miners' vesting amounts come from, empty where nobody knows them.
    """

    finalized: int
    current_epoch: int
    epochs: Sequence[EpochLabor]
    settings: Sequence[Setting]
    collects: Sequence[Collect]
    flows: Sequence[Flow] = ()
    deposits: Sequence[ExtraDeposit] = ()
    claims: Mapping[tuple[int, Address], int] = field(default_factory=dict)
    token: Address = ZERO_ADDRESS
    owners: Mapping[Address, Address] = field(default_factory=dict)
    vesting: str = ""

    @property
    def extras(self) -> Mapping[tuple[int, Address, Address], int]:
        """What was deposited by (epoch, app, token)."""
        found: dict[tuple[int, Address, Address], int] = {}
        for each in self.deposits:
            key = (each.epoch, each.app, each.token)
            found[key] = found.get(key, 0) + each.amount
        return found


def role_name(role: int) -> str:
    """Return what this network calls a role."""
    return "player" if role == ROLE_USER else "miner"


def by_transaction(flows: Sequence[Flow]) -> dict[tuple[int, int], list[Flow]]:
    """Return transfers by (block, index of the transaction)."""
    found: dict[tuple[int, int], list[Flow]] = {}
    for flow in flows:
        found.setdefault((flow.place[0], flow.tx_index), []).append(flow)
    return found
