"""Why an account is paid what it is paid: every factor, exactly, and what rounding cost (for `pozk explain`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from settlement.rules.facts.account_facts import RoleFacts
from settlement.rules.facts.aggregates import ROLE_NAMES, ROLE_RETURNED
from settlement.rules.powers.exact import Factor, floor_product
from settlement.rules.powers.groups import PowerGroup

WHY_ZERO = {
    "user stake of the app": ": no user's stake in the app is effective",
    "part of usage": ": the usage unit is 0, so that tasks count for nothing",
}
"""What stands behind a factor that is 0 and is not the account's own."""

DIGITS = 18
"""Decimals shown of shares, powers and values; they are cut, not rounded."""


class FactorName(NamedTuple):
    """What the numerator of a factor is, and what its denominator is."""

    name: str
    of: str


@dataclass(frozen=True, slots=True)
class ExplainedFactor:
    """One factor `(numerator / denominator) ** exponent` of an amount; share and power are decimals, cut.

    name: what the numerator is, of: what the denominator is.
    """

    name: str
    of: str
    numerator: int
    denominator: int
    exponent: Fraction
    share: str
    power: str

    @property
    def is_zero(self) -> bool:
        """Return whether this factor alone makes the amount 0."""
        return self.numerator == 0 and self.exponent > 0


@dataclass(frozen=True, slots=True)
class ExplainedRow:
    """One amount of an account in wei: `floor(scale * product of factors)`, then what normalization made of it.

    role: 0 miner, 1 user, 2 bonus returned. token: None for the emission. value: the exact real number, cut to 18
    decimals; lost: value - floor, what rounding cost. amount: what is paid. zero_factors: names of those that are 0.
    """

    app: bytes
    role: int
    token: bytes | None
    scale: int
    scale_meaning: str
    factors: tuple[ExplainedFactor, ...]
    value: str
    floor: int
    lost: str
    amount: int

    @property
    def zero_factors(self) -> tuple[str, ...]:
        """Return the names of the factors that make the amount 0."""
        return tuple(factor.name for factor in self.factors if factor.is_zero)

    @property
    def role_name(self) -> str:
        """Return miner, user or returned."""
        return ROLE_NAMES[self.role]


@dataclass(frozen=True, slots=True)
class Normalization:
    """What `normalize` did: every floor y became `pool * y // floor_sum`, and `spare` wei went to the largest."""

    pool: int
    floor_sum: int
    spare: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """All amounts of an account in one epoch, by (token, app, role), the emission first."""

    account: bytes
    rows: tuple[ExplainedRow, ...]
    normalization: Normalization | None

    @property
    def emission(self) -> int:
        """Return what the account gets of the emission, in wei."""
        return sum(row.amount for row in self.rows if row.token is None)


def order_rows(rows: Sequence[ExplainedRow]) -> tuple[ExplainedRow, ...]:
    """Return the rows by (token, app, role), the emission first."""
    return tuple(sorted(rows, key=lambda row: (row.token or b"", row.app, row.role)))


def explain_factor(name: FactorName, factor: Factor) -> ExplainedFactor:
    """Return a factor with its share and power in decimals."""
    share = Factor(factor.numerator, factor.denominator, Fraction(1 if factor.denominator else 0))
    return ExplainedFactor(
        name=name.name,
        of=name.of,
        numerator=factor.numerator,
        denominator=factor.denominator,
        exponent=factor.exponent,
        share=decimal_floor(1, [share]) if factor.denominator else "0/0",
        power=decimal_floor(1, [factor]),
    )


def explain_row(
    group: PowerGroup, names: Sequence[FactorName], x: int, stake: int, *, app: bytes, role: int, meaning: str,
    amount: int | None = None, token: bytes | None = None,
) -> ExplainedRow:  # fmt: skip
    """Return one row of a group explained; `names` are those of the group's factors, of x and of stake.

    `amount` is what is paid where that is not the floor itself.
    """
    factors = group.row_factors(x, stake)
    scaled = floor_product(group.scale * 10**DIGITS, factors)
    floor = scaled // 10**DIGITS
    return ExplainedRow(
        app=app,
        role=role,
        token=token,
        scale=group.scale,
        scale_meaning=meaning,
        factors=tuple(explain_factor(name, factor) for name, factor in zip(names, factors, strict=True)),
        value=as_decimal(scaled),
        floor=floor,
        lost=as_decimal(scaled % 10**DIGITS),
        amount=floor if amount is None else amount,
    )


def explain_plain(app: bytes, token: bytes, role: int, amount: int) -> ExplainedRow:
    """Return a bonus amount without factors, such as deposits that came back."""
    meaning = "bonus deposits returned" if role == ROLE_RETURNED else "bonus of the app"
    return ExplainedRow(app, role, token, amount, meaning, (), str(amount), amount, "0", amount)


def decimal_floor(scale: int, factors: Sequence[Factor]) -> str:
    """Return scale * product of factors as a decimal, cut to 18 places; exact in every digit shown."""
    return as_decimal(floor_product(scale * 10**DIGITS, factors))


def as_decimal(scaled: int) -> str:
    """Return an integer of 10^-18 as a decimal without trailing zeros."""
    whole, part = divmod(scaled, 10**DIGITS)
    return f"{whole}.{part:0{DIGITS}d}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is nothing: a fixed code and a sentence."""

    code: str
    text: str


def reasons_for_nothing(facts: RoleFacts, row: ExplainedRow | None) -> tuple[Reason, ...]:
    """Return every reason why (account, app, role) is paid nothing, the most basic first; none if it is paid.

    `row` is the explained row of the emission, None if the account has none.
    """
    if row is not None and row.amount > 0:
        return ()
    found = []
    if not facts.approved:
        found.append(Reason("not-approved", "the app is not approved for this epoch"))
    if facts.quarantined:
        text = f"{facts.quarantined} logs of the account are in quarantine and do not count"
        found.append(Reason("quarantined", text))
    if facts.proofs == 0:
        what = "no proof was verified" if facts.role == 0 else "no task of the account was proven"
        found.append(Reason("no-proof", f"{what} in this epoch"))
    if facts.stake == 0:
        when = f"; {facts.pending} wei take effect in epoch {facts.pending_epoch}" if facts.pending > 0 else ""
        found.append(Reason("no-stake", f"no stake of this account in this app and role is effective{when}"))
    return (*found, *_factor_reasons(row, {reason.code for reason in found}))


def _factor_reasons(row: ExplainedRow | None, known: set[str]) -> list[Reason]:
    """Return what the factors say beyond the reasons that are known."""
    if row is None:
        return []
    if not row.zero_factors:
        if row.scale == 0:
            return [Reason("zero-pool", f"the {row.scale_meaning} is 0")]
        return [Reason("below-one-wei", f"the exact share is {row.value} wei, less than one")] if row.floor == 0 else []
    own = {"own stake": "no-stake", "own work": "no-proof", "own tasks": "no-proof"}
    names = [name for name in row.zero_factors if own.get(name) not in known]
    return [Reason("zero-factor", f"the factor {name!r} is 0{WHY_ZERO.get(name, '')}") for name in names]
