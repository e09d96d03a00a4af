"""What happens to an operator's own bytes: a bit of a lake's file turns over, a row of the journal is altered."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from deploy.faults.plan import OWN_FAULTS, FaultPlan
from indexer.adapters.postgres.embedded import running_socket
from sql import load_sql

ALTERATIONS = ("alter_root", "alter_report_hash", "alter_report", "exchange_reports", "lose_report", "foreign_report")
"""What may become of the journal's reports, each a statement of `sql/faults`."""

_MAGIC = 4  # bytes at each end of a Parquet file that say what it is


class Vandal:
    """Damages the lake and the journal of one data directory, as often as `plan` says."""

    def __init__(self, data_dir: Path, plan: FaultPlan) -> None:
        self._data_dir, self._plan = data_dir, plan

    def strike(self, number: int) -> None:
        """Do what the plan has for a node's request of that number: one bit, one row, or nothing."""
        kinds = tuple(kind for kind in OWN_FAULTS if kind in self._plan.rates)
        kind, rng = self._plan.choose(kinds, number)
        if kind == "bitflip":
            flip_bit(self._data_dir / "lake", rng)
        elif kind == "journal":
            socket = running_socket(self._data_dir / "postgres")
            if socket is not None:
                alter_journal(f"postgresql://postgres@/postgres?host={quote(str(socket))}", rng)


def flip_bit(folder: Path, rng: random.Random) -> Path | None:
    """Turn over one bit between the ends of one Parquet file below a folder; return the file, None if there is none."""
    files = sorted(path for path in folder.rglob("*.parquet") if path.stat().st_size > 2 * _MAGIC)
    if not files:
        return None
    path = rng.choice(files)
    data = bytearray(path.read_bytes())
    data[rng.randrange(_MAGIC, len(data) - _MAGIC)] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return path


def alter_journal(uri: str, rng: random.Random) -> str | None:
    """Alter, exchange or lose a stored report; return which of `ALTERATIONS`, None where there is none or no server."""
    name = rng.choice(ALTERATIONS)
    with suppress(psycopg.Error), psycopg.connect(uri) as connection:
        statement = load_sql(f"faults/{name}")
        changed = connection.execute(statement.encode(), {"place": rng.randrange(1 << 16)}).rowcount
        return name if changed > 0 else None
    return None
