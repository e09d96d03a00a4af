"""What a lake was filled for, written once and compared ever after."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa

from indexer.ports.lake import LakeStore
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.errors import InputError
from sql import load_sql


def load_identity(lake: LakeStore) -> dict[str, str]:
    """Return what the lake was filled for; empty for a new lake."""
    return {row["key"]: row["value"] for row in lake.query(load_sql("lake/identity")).to_pylist()}


def verify_identity(
    stored: Mapping[str, str], settings: IngestSettings, known_wrong: Collection[str] = frozenset()
) -> None:
    """Refuse settings other than those that the lake was started with; keys that are known to be wrong say nothing."""
    for key, value in settings.identity().items():
        if stored and stored.get(key) != value and key not in known_wrong:
            raise InputError(
                f"the lake was filled for another {key}",
                expected=stored.get(key, "none"),
                got=value,
                remedy="restore the setting, or use another data_dir",
            )


def store_identity(lake: LakeStore, settings: IngestSettings, founding: Mapping[str, str]) -> None:
    """Write the identity and what the start rests on, inside the caller's transaction."""
    append_identity(lake, settings.identity() | dict(founding))


def append_identity(lake: LakeStore, items: Mapping[str, str]) -> None:
    """Write what else is kept of a lake, inside the caller's transaction."""
    if items:
        lake.append("identity", pa.table({"key": list(items), "value": list(items.values())}))
