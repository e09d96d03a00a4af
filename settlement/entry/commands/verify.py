"""`pozk verify`: recomputes settled epochs."""

from typing import Any

import typer

from indexer.words.errors import InputError
from indexer.words.quantities import Epoch
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption
from settlement.entry.output import Output


def verify(epoch: EpochOption = None, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Compute settled epochs again and name the first stage and row that differ from what is stored and on chain."""
    from settlement.entry.world import open_store, read_settings
    from settlement.flows.verify import verify_epoch

    output = Output(as_json=as_json)
    with open_store(read_settings(config)) as store:
        last = store.journal.last_epoch()
        first = store.settler.network.first
        wanted = [epoch] if epoch is not None else list(range(first, (last if last is not None else first - 1) + 1))
        verdicts = []
        for number in wanted:
            stored = store.journal.load_report(Epoch(number))
            if stored is None:
                raise InputError(f"epoch {number} is not settled", todo="run `pozk settle`")
            verdicts.append(verify_epoch(store.settler, stored))
    output.document({"epochs": [_document(verdict) for verdict in verdicts]})
    if not verdicts:
        output.line("nothing to verify: no epoch is settled")
    for verdict in verdicts:
        output.line(f"epoch {verdict.epoch}: " + ("ok" if verdict.is_ok else f"DIFFERS in {verdict.stage}"))
        if not verdict.is_ok:
            output.line(f"  expected {verdict.expected}\n  got      {verdict.got}")
            if verdict.row:
                output.line(f"  first row: {verdict.row}")
    if not all(verdict.is_ok for verdict in verdicts):
        raise typer.Exit(1)


def _document(verdict: Any) -> dict[str, Any]:
    return {
        "epoch": verdict.epoch,
        "ok": verdict.is_ok,
        "stage": verdict.stage,
        "expected": verdict.expected,
        "got": verdict.got,
        "row": verdict.row,
    }
