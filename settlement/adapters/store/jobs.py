"""The service's jobs, and what they measured, in PostgreSQL."""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import dict_row

from indexer.adapters.postgres.database_errors import translated_database
from settlement.words.service import JobRow, JobState, Measured
from sql import load_sql

VOICE_LOCK = 0x706F7A6B03
"""Advisory lock key: "pozk" and 3; whoever holds it runs the jobs, the others stand by."""
_GONE = "its process was killed; the next `pozk run` begins it again"


class PostgresJobs:
    """Rows of one network's service in one database."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def list_jobs(self) -> dict[str, JobRow]:
        """Return every job that ever ran, by name; what a killed process left running is idle, and says why."""
        rows = self._rows("list", {"voice": VOICE_LOCK, "gone": _GONE})
        return {row["name"]: JobRow(**(row | {"state": JobState(row["state"])})) for row in rows}

    def begin(self, name: str) -> None:
        """Record that a job runs."""
        self._execute("begin", {"name": name})

    def succeed(self, name: str, position: int) -> None:
        """Record that a job did what it should, and where it is now."""
        self._execute("succeed", {"name": name, "position": position})

    def fail(self, name: str, reason: str, seconds: float) -> None:
        """Record that a job failed and is tried again after `seconds`."""
        self._execute("fail", {"name": name, "reason": reason, "seconds": seconds})

    def freeze(self, name: str, reason: str) -> None:
        """Record that a job must not be tried again until `thaw`."""
        self._execute("freeze", {"name": name, "reason": reason})

    def thaw(self, *states: JobState) -> None:
        """Let jobs of these states be tried again."""
        self._execute("thaw", {"states": [state.value for state in states]})

    def measure(self, values: Mapping[str, int], said: Mapping[str, str] | None = None) -> None:
        """Store measured values."""
        with translated_database("the service's tables"), self._connection.transaction():
            for name, value in values.items():
                row = {"name": name, "value": value, "said": (said or {}).get(name, "")}
                self._connection.execute(load_sql("jobs/measure").encode(), row)

    def measured(self) -> dict[str, Measured]:
        """Return what was measured, by name."""
        rows = self._rows("measured")
        return {row["name"]: Measured(int(row["value"]), row["at"], row["since"], row["said"]) for row in rows}

    def _rows(self, name: str, values: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        with translated_database("the service's tables"), self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(load_sql(f"jobs/{name}").encode(), values).fetchall()

    def _execute(self, name: str, row: dict[str, Any]) -> None:
        with translated_database("the service's tables"):
            self._connection.execute(load_sql(f"jobs/{name}").encode(), row)
