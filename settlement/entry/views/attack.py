"""The terms, table and document of `pozk simulate --attack`."""

import re
from collections.abc import Sequence
from typing import Any

from indexer.words.errors import InputError
from indexer.words.quantities import to_hex
from settlement.entry.documents.amounts import ShownAmounts
from settlement.rules.questions.self_dealing import DealerTerms, SelfDealing


def columns(amounts: ShownAmounts) -> list[str]:
    """Return the columns of the table."""
    return [
        "app",
        "ruleset",
        f"first task earns{amounts.unit}",
        "second adds",
        "a task costs",
        "most that pay",
        "earned then",
        "spent then",
    ]


def read_terms(stakes: str | None, proving: int, least_fee: int | None, burn_bps: int | None) -> DealerTerms:
    """Return the terms typed by a user; InputError names the option."""
    return DealerTerms(_stakes(stakes), proving, least_fee, burn_bps)


def table_rows(found: Sequence[SelfDealing], amounts: ShownAmounts) -> list[list[Any]]:
    """Return a row an app and ruleset, apps together."""
    return [
        [
            to_hex(each.app) + (" (idle)" if each.is_idle else ""),
            each.ruleset,
            amounts.cell(each.first),
            amounts.cell(each.second),
            amounts.cell(each.cost),
            "no bound: a task costs nothing" if each.most is None else str(each.most),
            amounts.cell(each.earned),
            amounts.cell(each.spent),
        ]
        for each in sorted(found, key=lambda each: (each.app, each.ruleset))
    ]


def _stakes(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,38}):([0-9]{1,38})", text)
    if match is None:
        raise InputError("stakes cannot be read", expected="MINER:USER in wei", got=repr(text), where="--attack-stake")
    return int(match[1]), int(match[2])
