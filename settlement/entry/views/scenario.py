"""The overrides, tables and files of `pozk simulate`."""

import csv
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from indexer.rules.consensus.address_checksum import read_address
from indexer.words.errors import InputError
from indexer.words.quantities import AMOUNT_LIMIT, to_hex
from settlement.entry.documents.amounts import ShownAmounts
from settlement.entry.documents.simulation import decimal, sweep_columns, sweep_rows
from settlement.entry.views.plot import new_figure
from settlement.flows.simulate import Projection
from settlement.rules.questions.projection import PARTNERS, Overrides, Summary, SweepPoint, sweep_weight

ROLES = {"miner": 0, "user": 1, "0": 0, "1": 1}
SWEEP_STEP_BPS = 500
SWEEP_END_BPS = 10_000
T = TypeVar("T")


def read_overrides(
    stakes: Sequence[str] | None,
    work: Sequence[str] | None,
    tasks: Sequence[str] | None,
    weights: str | None,
    ruleset: str | None,
    residual: str | None,
) -> Overrides:
    """Return the overrides typed by a user; InputError names the option."""
    if residual not in (None, "rollover", "normalize"):
        raise InputError("unknown residual", expected="rollover or normalize", got=repr(residual), where="--residual")
    return Overrides(
        stakes=dict(_pairs(stakes, "--stake", "APP:ACCOUNT:ROLE=WEI", _stake_key)),
        work=dict(_pairs(work, "--work", "APP:ACCOUNT=MILLI-GATES", _account_key)),
        tasks=dict(_pairs(tasks, "--tasks", "APP:ACCOUNT=COUNT", _account_key)),
        weights=_weights(weights),
        ruleset=ruleset,
        residual=residual,
    )


def read_watched(accounts: Sequence[str] | None) -> tuple[bytes, ...]:
    """Return the accounts to follow."""
    try:
        return tuple(read_address(account) for account in accounts or ())
    except ValueError as error:
        raise InputError("not an address", expected=str(error), got=repr(accounts), where="--watch") from error


def run_sweep(projection: Projection, weight: str | None, watched: tuple[bytes, ...]) -> list[SweepPoint]:
    """Return the points of the sweep over the supposed epoch; none without a weight."""
    if weight is None:
        return []
    values = range(0, SWEEP_END_BPS + 1, SWEEP_STEP_BPS)
    return sweep_weight(projection.supposed, projection.facts.bonuses, weight, values, watched)


def summary_rows(projection: Projection, amounts: ShownAmounts) -> list[list[Any]]:
    """Return how the emission is spread before and after, a row a figure."""
    pair = (projection.before, projection.after)
    figures: list[tuple[str, Callable[[Summary], Any]]] = [
        ("paid out of the pool", lambda summary: percent(summary.paid_share)),
        ("ruleset", lambda summary: summary.ruleset),
        ("residual", lambda summary: summary.residual),
        (f"pool{amounts.unit}", lambda summary: amounts.cell(summary.pool)),
        (f"distributed{amounts.unit}", lambda summary: amounts.cell(summary.distributed)),
        ("accounts paid", lambda summary: str(summary.accounts)),
        ("Gini", lambda summary: decimal(summary.gini)),
        ("share of the top 10", lambda summary: percent(summary.top_ten_share)),
    ]
    return [[name, *(show(summary) for summary in pair)] for name, show in figures]


def headline(projection: Projection) -> str:
    """Return what is projected, and first of all which part of the pool is paid, as it is and as it is supposed."""
    until = f"as if it ended with block {projection.facts.blocks.reference_block.number}"
    before, after = (
        f"{percent(summary.paid_share)} of the pool is paid by {summary.ruleset}, {summary.residual}"
        for summary in (projection.before, projection.after)
    )
    epoch = f"epoch {projection.facts.epoch} {until if projection.is_open else '(finished)'}"
    supposed = "" if projection.before == projection.after else f"; as supposed {after}"
    return f"{epoch}: {before}{supposed}"


def write_sweep(
    projection: Projection,
    points: Sequence[SweepPoint],
    weight: str,
    watched: Sequence[bytes],
    out: Path | None,
    plot: Path | None,
) -> None:
    """Write the sweep as CSV and as a picture; InputError for a place or a kind that will not do."""
    try:
        if out is not None:
            with out.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(sweep_columns(weight, watched))
                writer.writerows(sweep_rows(points, decimal, str))
        if plot is not None:
            _draw(projection, points, weight, watched, plot)
    except OSError as error:
        raise InputError("the sweep cannot be written", got=str(error.strerror), where=str(error.filename)) from error


def percent(share: Fraction) -> str:
    """Return a share in per cent with four decimals, cut."""
    scaled = share.numerator * 1_000_000 // share.denominator
    return f"{scaled // 10_000}.{scaled % 10_000:04d} %"


def _pairs(entries: Sequence[str] | None, option: str, form: str, read_key: Callable[[str], T]) -> list[tuple[T, int]]:
    pairs = []
    for entry in entries or ():
        key, _, value = entry.partition("=")
        try:
            if not re.fullmatch(r"[0-9]{1,39}", value) or int(value) > AMOUNT_LIMIT:
                raise ValueError
            pairs.append((read_key(key), int(value)))
        except ValueError as error:
            expected = f"{form} with {error}" if str(error).startswith(("an address", "the EIP-55")) else form
            raise InputError("an override cannot be read", expected=expected, got=repr(entry), where=option) from None
        if len(dict(pairs)) < len(pairs):
            raise InputError("an override is given twice", expected="one value", got=repr(entry), where=option)
    return pairs


def _stake_key(text: str) -> tuple[bytes, bytes, int]:
    app, account, role = text.split(":")
    if role not in ROLES:
        raise ValueError
    return read_address(app), read_address(account), ROLES[role]


def _account_key(text: str) -> tuple[bytes, bytes]:
    app, account = text.split(":")
    return read_address(app), read_address(account)


def _weights(text: str | None) -> tuple[int, int, int, int] | None:
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"[0-9]{1,5}", part) for part in parts):
        raise InputError(
            "weights cannot be read", expected="a,b,c,d in basis points", got=repr(text), where="--weights"
        )
    a, b, c, d = map(int, parts)
    if a + b != SWEEP_END_BPS or c + d != SWEEP_END_BPS:
        raise InputError("weights do not sum", expected="a + b = c + d = 10000", got=text, where="--weights")
    return a, b, c, d


def _draw(
    projection: Projection, points: Sequence[SweepPoint], weight: str, watched: Sequence[bytes], plot: Path
) -> None:
    figure = new_figure(plot, "--plot")
    axes = figure.subplots()
    steps = [point.weight_bps for point in points]
    for label, values in (
        ("paid out of the pool", [float(point.summary.paid_share) for point in points]),
        ("Gini", [float(point.summary.gini) for point in points]),
        ("share of the top 10", [float(point.summary.top_ten_share) for point in points]),
    ):
        axes.plot(steps, values, marker=".", label=label)
    for place, account in enumerate(watched):
        shares = [point.watched[place] / max(1, point.summary.pool) for point in points]
        axes.plot(steps, shares, linestyle="--", label=f"{to_hex(account)[:10]}.. of the pool")
    partner, choice = PARTNERS[weight], projection.supposed.choice
    in_force = projection.supposed.facts.weights
    others = ", ".join(f"{name} = {getattr(in_force, name)}" for name in PARTNERS if name not in (weight, partner))
    axes.set_title(f"epoch {projection.facts.epoch}, {choice.ruleset}, {choice.residual}: {others}")
    axes.set_xlabel(f"weight {weight} in basis points ({partner} = 10000 - {weight})")
    axes.set_ylabel("share (Gini: 0 all alike, 1 one has all)")
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(plot, dpi=120)
