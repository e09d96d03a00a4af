"""The documents of `pozk simulate`: a projection with its sweep, and what self-dealing earns."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from indexer.words.quantities import to_hex
from settlement.flows.simulate import Projection
from settlement.rules.questions.projection import Summary, SweepPoint
from settlement.rules.questions.self_dealing import SelfDealing
from settlement.rules.rulesets.registry import ruleset_named


def projection_document(
    projection: Projection, weight: str | None, points: Sequence[SweepPoint], watched: Sequence[bytes]
) -> dict[str, Any]:
    """Return the projection as JSON; shares as [numerator, denominator]."""
    columns = sweep_columns(weight, watched) if weight is not None else []
    return {
        "epoch": projection.facts.epoch,
        "open": projection.is_open,
        "reference_block": projection.facts.blocks.reference_block.number,
        "before": _summary_document(projection.before),
        "after": _summary_document(projection.after),
        "rulesets": compared_rulesets(projection),
        "accounts": [
            {"account": to_hex(change.account), "before": str(change.before), "after": str(change.after)}
            for change in projection.changes
        ],
        "warnings": list(projection.warnings),
        "sweep": [
            dict(zip(columns, row, strict=True)) | {columns[0]: int(row[0]), "accounts": int(row[2])}
            for row in sweep_rows(points, decimal, str)
        ],
    }


def compared_rulesets(projection: Projection) -> dict[str, str]:
    """Return what the rulesets before and after mean, by name; none where they are one."""
    names = [projection.before.ruleset, projection.after.ruleset]
    return {} if names[0] == names[1] else {name: ruleset_named(name).meaning for name in names}


def sweep_columns(weight: str, watched: Sequence[bytes]) -> list[str]:
    """Return the columns of the sweep."""
    return [f"{weight} (bps)", "paid out", "accounts", "gini", "top 10", *(to_hex(account) for account in watched)]


def sweep_rows(
    points: Sequence[SweepPoint], show: Callable[[Fraction], str], say: Callable[[int], Any]
) -> list[list[Any]]:
    """Return the rows of the sweep; `show` writes a share of 1, `say` an amount in wei."""
    return [
        [
            str(point.weight_bps),
            show(point.summary.paid_share),
            str(point.summary.accounts),
            decimal(point.summary.gini),
            show(point.summary.top_ten_share),
            *map(say, point.watched),
        ]
        for point in points
    ]


def decimal(value: Fraction) -> str:
    """Return a number between 0 and 1 with six decimals, cut."""
    scaled = value.numerator * 1_000_000 // value.denominator
    return f"{scaled // 1_000_000}.{scaled % 1_000_000:06d}"


def self_dealing_document(epoch: int, stakes: tuple[int, int], found: Sequence[SelfDealing]) -> dict[str, Any]:
    """Return the evaluation as JSON; amounts in wei as strings, `most` null where a task costs nothing."""
    return {
        "epoch": epoch,
        "stakes": {"miner": str(stakes[0]), "user": str(stakes[1])},
        "self_dealing": [
            {
                "app": to_hex(each.app),
                "ruleset": each.ruleset,
                "idle": each.is_idle,
                "first": str(each.first),
                "second": str(each.second),
                "cost": str(each.cost),
                "most": each.most,
                "earned": str(each.earned),
                "spent": str(each.spent),
            }
            for each in found
        ],
    }


def _summary_document(summary: Summary) -> dict[str, Any]:
    share = summary.paid_share
    return {
        "paid_share": [str(share.numerator), str(share.denominator)],
        "ruleset": summary.ruleset,
        "residual": summary.residual,
        "pool": str(summary.pool),
        "distributed": str(summary.distributed),
        "remainder": str(summary.remainder),
        "accounts": summary.accounts,
        "gini": [str(summary.gini.numerator), str(summary.gini.denominator)],
        "top_ten_share": [str(summary.top_ten_share.numerator), str(summary.top_ten_share.denominator)],
    }
