"""Backups: database and lake of one state, with digests of every file; restored into empty places, verified there."""

import hashlib
import json
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from indexer.adapters.postgres.database import connect, open_database
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from settlement.adapters.store.database_copy import (
    TABLES,
    dump_tables,
    list_lake_files,
    load_tables,
    one_state,
    verify_empty,
)
from settlement.adapters.store.jobs import PostgresJobs
from settlement.entry.configuration.assembly import journal_identity, open_store
from settlement.entry.configuration.settings import Settings
from settlement.entry.system_errors import made_data_dir
from settlement.rules.columns.strict_json import read_json
from settlement.rules.service.backups import backup_name, expired, is_backup_due

MANIFEST = "backup.json"
FORMAT = 1
_PART = 1 << 20
_TRIES = 3
_UNVERIFIED, _DRILL = "unverified.", "pozk-drill-"


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds: how many files and bytes, the newest settled epoch, and when it was made."""

    files: int
    bytes: int
    epoch: int | None
    made_at: int

    @property
    def document(self) -> dict[str, Any]:
        """Return it as a document."""
        return {"files": self.files, "bytes": self.bytes, "epoch": self.epoch, "made_at": self.made_at}


def make_backup(settings: Settings, folder: Path) -> BackupReport:
    """Copy database, lake and settled epochs into a new folder; whoever works on them is not disturbed.

    InputError if the folder is not empty.
    """
    _verify_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(_TRIES):
        partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}.partial.", dir=folder.parent))
        try:
            report = _copy(settings, partial)
            if folder.exists():
                folder.rmdir()
            partial.rename(folder)
        except FileNotFoundError as error:  # files that were merged away while they were copied
            if attempt + 1 == _TRIES:
                raise RetryLaterError("the lake changed while it was copied", got=str(error.filename)) from error
        else:
            return report
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    raise AssertionError("one of the tries returns or raises")


def _copy(settings: Settings, folder: Path) -> BackupReport:
    data_dir = settings.store.data_dir
    (folder / "database").mkdir()
    with open_store(settings, any_format=True) as store, connect(store.database.uri) as connection:
        with one_state(connection):
            dump_tables(connection, folder / "database")
            names = list_lake_files(connection)
            last = store.journal.last_epoch()
        for name in names:
            source = data_dir / "lake" / name
            _copy_file(source if source.exists() else data_dir / "lake.kept" / name, folder / "lake" / name)
        for source in sorted((data_dir / "epochs").rglob("*")):
            if source.is_file():
                _copy_file(source, folder / "epochs" / source.relative_to(data_dir / "epochs"))
    digests = {str(path.relative_to(folder)): _digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    size = sum((folder / name).stat().st_size for name in digests)
    report = BackupReport(len(digests), size, last, int(time.time()))
    manifest = {"format": FORMAT, "network": journal_identity(settings), "report": report.document, "files": digests}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    return report


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def restore_backup(settings: Settings, folder: Path) -> BackupReport:
    """Put a backup into an empty data directory and database, and verify what is there then.

    InputError if they are not empty or the backup is of another network or format, UnsoundError if a file of it was
    altered, or the restored epochs are not those of their reports.
    """
    manifest = _load_manifest(settings, folder)
    _verify_digests(folder, manifest["files"])
    data_dir = settings.store.data_dir
    _verify_free(data_dir)
    made_data_dir(data_dir)
    with open_database(settings.store.database_url, data_dir) as database, connect(database.uri) as connection:
        verify_empty(connection)
        for part in ("lake", "epochs"):
            if (folder / part).exists():
                shutil.copytree(folder / part, data_dir / part, dirs_exist_ok=True)
        load_tables(connection, folder / "database")
        verify_restored(settings)
    return BackupReport(**manifest["report"])


def verify_restored(settings: Settings) -> None:
    """Raise UnsoundError unless the lake opens, and the newest settled epoch is what its report says."""
    from settlement.flows.before_vote import verify_stored

    with open_store(settings, any_format=True) as store:
        last = store.journal.last_epoch()
        report = None if last is None else store.journal.load_report(last)
        if report is not None:
            verify_stored(report, store.artifacts)
        with connect(store.database.uri) as connection:
            if list_lake_files(connection):
                store.lake.finalized_head()


def drill(settings: Settings, folder: Path) -> BackupReport:
    """Restore a backup into a scratch place with a database of its own, verify it there, and note that it was."""
    with tempfile.TemporaryDirectory(prefix=_DRILL, dir=folder.parent) as scratch:
        inside = replace(settings.store, data_dir=Path(scratch) / "data", database_url="")
        report = restore_backup(replace(settings, store=inside), folder)
    with open_store(settings, any_format=True) as store, connect(store.database.uri) as connection:
        PostgresJobs(connection).measure({"backup_verified_at_seconds": int(time.time())})
    return report


def make_backup_of_day(settings: Settings) -> Path | None:
    """Make the backup that is due in `run.backup_folder`, restore it elsewhere, remove those that are too old.

    Return it, None where none is due. Only what was verified has the name of a backup; what a killed process left goes.
    """
    folder, run, now = settings.run.backup_folder, settings.run, time.time()
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    if not is_backup_due(_names(folder), run.backup_hour, now):
        return None
    for left in (*folder.glob(f"{_UNVERIFIED}*"), *folder.glob(f"{_DRILL}*")):
        shutil.rmtree(left, ignore_errors=True)
    fresh, made = folder / f"{_UNVERIFIED}{backup_name(now)}", folder / backup_name(now)
    make_backup(settings, fresh)
    drill(settings, fresh)
    fresh.rename(made)
    for name in expired(_names(folder), run.backups_kept):
        shutil.rmtree(folder / name)
    return made


def _names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def _load_manifest(settings: Settings, folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = read_json(path.read_bytes())
        found = manifest["format"], manifest["network"]
        if not isinstance(manifest["report"], dict) or f"database/{TABLES}" not in dict(manifest["files"]):
            raise ValueError("no list of files")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("this is no backup", expected=f"a folder with {MANIFEST}", where=str(folder)) from error
    expected = FORMAT, journal_identity(settings)
    if found != expected:
        what = "of another format" if found[0] != FORMAT else "of another network"
        raise InputError(f"the backup is {what}", expected=str(expected), got=str(found)[:300], where=str(path))
    return manifest


def _verify_digests(folder: Path, digests: dict[str, str]) -> None:
    for name, expected in digests.items():
        path = folder / name
        got = _digest(path) if path.is_file() else "no file"
        if got != expected:
            raise UnsoundError(
                "the backup was altered", expected=expected, got=got, where=str(path), remedy="use another backup"
            )


def _verify_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(each.name != "run.lock" for each in folder.iterdir())):
        raise InputError("the folder is not empty", expected="a new or an empty folder", where=str(folder))


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PART):
            found.update(part)
    return found.hexdigest()
