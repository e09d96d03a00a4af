"""Epochs as readers see them, put together from the journal, the lake and the clock."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from indexer.words.quantities import BlockNumber, Epoch, Timestamp
from settlement.adapters.chain.chain_state import StateAt
from settlement.adapters.chain.distributor import ROOT_STATES
from settlement.adapters.lake.duckdb_engine import DuckdbSnapshot
from settlement.entry.documents.epoch import EpochSeen
from settlement.entry.http.answering.readings import Readings
from settlement.rules.epoch.read_report import parse_stored


def finalized_of(snapshot: DuckdbSnapshot) -> BlockNumber:
    """Return the newest final block of a state of the lake, 0 before the first."""
    head = snapshot.lake.finalized_head()
    return BlockNumber(0) if head is None else head.number


def open_epoch(readings: Readings, snapshot: DuckdbSnapshot) -> Epoch:
    """Return the epoch of the newest final block; before genesis the first one.

    The chain's time, not this machine's, says what is open; without any block it is this machine's.
    """
    clock = readings.settings.clock
    rows = snapshot.rows("epochs/open_epoch", {"finalized": finalized_of(snapshot)})
    seconds = rows[0]["timestamp"] if rows else int(time.time())
    return Epoch(max(clock.first, clock.epoch_of(Timestamp(max(seconds, clock.genesis)))))


def see_epochs(readings: Readings, snapshot: DuckdbSnapshot, low: Epoch, high: Epoch) -> list[EpochSeen]:
    """Return epochs `low` to `high`, newest first; what final blocks hold as proposed is looked up on the chain."""
    params = {"finalized": finalized_of(snapshot), "low": low, "high": high}
    reports = {stored.epoch: parse_stored(stored) for stored in readings.store.journal.load_reports(low, high)}
    roots, activity = (_by_epoch(snapshot, name, params) for name in ("serve/roots", "serve/activity"))
    clock, now_open = readings.settings.clock, open_epoch(readings, snapshot)
    seen = [
        EpochSeen(
            epoch=epoch,
            begins=clock.start_of(epoch),
            ends=clock.end_of(epoch),
            is_over=epoch < now_open,
            report=reports.get(epoch),
            root=roots.get(epoch),
            activity=activity.get(epoch),
        )
        for epoch in map(Epoch, range(high, low - 1, -1))
    ]
    states = _states_now(readings, tuple(each.epoch for each in seen if each.status == "proposed"))
    return [replace(each, now=states.get(each.epoch, each.now)) for each in seen]


def _states_now(readings: Readings, epochs: tuple[Epoch, ...]) -> dict[Epoch, str]:
    """Return what the newest block holds of the roots of epochs; nothing where the chain cannot be asked."""
    distributor = readings.chain.distributor

    def read(state: StateAt, _: object) -> dict[Epoch, str]:
        answers = distributor.read_batch(state, [("rootAt", (epoch,)) for epoch in epochs])
        return {epoch: ROOT_STATES[answer[0]] for epoch, answer in zip(epochs, answers, strict=True)}

    found, _ = readings.ask_chain(lambda: readings.claims.once(("states", *epochs), read)) if epochs else (None, None)
    return found or {}


def _by_epoch(snapshot: DuckdbSnapshot, name: str, params: Mapping[str, int | bytes]) -> dict[int, dict[str, Any]]:
    return {row["epoch"]: row for row in snapshot.rows(name, params)}
