"""The document of `pozk verify` and `pozk bundle verify`: what was found in each epoch."""

from collections.abc import Sequence
from typing import Any

from settlement.flows.verify import Verdict


def verdicts_document(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return a row an epoch; `stage` is null where nothing differs."""
    return {"epochs": [_row(verdict) for verdict in verdicts]}


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "epoch": verdict.epoch,
        "ok": verdict.is_ok,
        "stage": verdict.stage,
        "expected": verdict.expected,
        "got": verdict.got,
        "row": verdict.row,
    }
