"""Epochs as readers see them, put together from the journal, the lake and the clock."""

import time
from collections.abc import Mapping
from typing import Any

from indexer.words.quantities import BlockNumber, Epoch, Timestamp
from settlement.adapters.lake.duckdb_engine import DuckdbSnapshot
from settlement.entry.documents.epoch import EpochSeen
from settlement.entry.http.readings import Readings
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
    """Return epochs `low` to `high`, newest first."""
    params = {"finalized": finalized_of(snapshot), "low": low, "high": high}
    reports = {stored.epoch: parse_stored(stored) for stored in readings.store.journal.load_reports(low, high)}
    roots, activity = (_by_epoch(snapshot, name, params) for name in ("serve/roots", "serve/activity"))
    clock, now_open = readings.settings.clock, open_epoch(readings, snapshot)
    return [
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


def _by_epoch(snapshot: DuckdbSnapshot, name: str, params: Mapping[str, int | bytes]) -> dict[int, dict[str, Any]]:
    return {row["epoch"]: row for row in snapshot.rows(name, params)}
