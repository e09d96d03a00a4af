"""One anvil process: found, started, watched until it answers, stopped, left in the background."""

import contextlib
import ctypes
import json
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from eth_utils.address import to_checksum_address

from deploy.artifacts import CONTRACTS_DIR, build_remedy
from indexer.words.errors import InputError, RetryLaterError

DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk"
"""anvil's published mnemonic: its keys are known to everybody and hold nothing anywhere."""

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_SYSTEMS = {"linux": "linux", "darwin": "darwin"}
_LISTENING = re.compile(r"Listening on ([0-9.]+):([0-9]+)")
_PR_SET_PDEATHSIG = 1
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """How to start anvil.

    `port` 0 takes a free one; `genesis_time` is block 0's timestamp in seconds; `load_state` is a file that
    `dump_state` wrote. `detached` nodes outlive this process, others are killed with it.
    """

    folder: Path
    chain_id: int = 31337
    port: int = 0
    host: str = "127.0.0.1"
    accounts: int = 10
    mnemonic: str = DEVELOPMENT_MNEMONIC
    genesis_time: int | None = None
    gas_limit: int = 1_000_000_000
    load_state: Path | None = None
    detached: bool = False
    binary: Path | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One unlocked account of the node: checksummed address and private key, both 0x hex."""

    address: str
    private_key: str


@dataclass(frozen=True, slots=True)
class DevNode:
    """A running anvil: `rpc` is its address, `accounts` those of its mnemonic in derivation order."""

    process: subprocess.Popen[bytes]
    rpc: str
    accounts: tuple[Account, ...]
    log: Path

    def is_running(self) -> bool:
        """Tell whether the process still lives."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End the process, by force when it does not end by itself; harmless when it has ended."""
        if not self.is_running():
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def find_anvil(contracts_dir: Path = CONTRACTS_DIR) -> Path:
    """Return anvil's binary for this machine from the contracts' npm packages; InputError when it is missing."""
    system = _SYSTEMS.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    name = f"anvil-{system}-{_ARCHITECTURES.get(machine, machine)}"
    binary = contracts_dir / "node_modules" / "@foundry-rs" / name / "bin" / "anvil"
    if not binary.is_file():
        raise InputError(
            "anvil is not installed",
            expected=f"npm package @foundry-rs/{name}",
            got="no such file",
            where=str(binary),
            remedy=build_remedy(contracts_dir),
        )
    return binary


def start_node(settings: NodeSettings) -> DevNode:
    """Start anvil and return once it listens; RetryLaterError with the log's tail when it does not."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    log, config = settings.folder / "anvil.log", settings.folder / "anvil.json"
    config.unlink(missing_ok=True)
    binary = settings.binary or find_anvil()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 -- the binary is ours, the arguments are numbers and paths
            [str(binary), *_arguments(settings, config)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=settings.detached,
            preexec_fn=None if settings.detached else _die_with_parent(),
        )
    try:
        if settings.detached:  # at once, so that it can be found whatever happens to us
            pid_file(settings.folder).write_text(f"{process.pid}\n", encoding="ascii")
        rpc = _await_listening(process, log)
        return DevNode(process, rpc, _read_accounts(config), log)
    except BaseException:
        process.kill()
        process.wait()
        raise


def pid_file(folder: Path) -> Path:
    """Return where the process id of the detached node of a folder stands."""
    return folder / "anvil.pid"


def is_running_by_pid_file(path: Path) -> bool:
    """Tell whether the detached node that a pid file names still lives."""
    return _find_anvil(path) is not None


def stop_by_pid_file(path: Path) -> bool:
    """End the detached node that a pid file names, and wait until it is gone; False when it had ended.

    Only ever ends an anvil.
    """
    process = _find_anvil(path)
    if process is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
    path.unlink(missing_ok=True)
    return process is not None


def _arguments(settings: NodeSettings, config: Path) -> list[str]:
    """Return the command line: finality two blocks behind the head, history kept when state is dumped."""
    arguments = [
        *("--host", settings.host, "--port", str(settings.port), "--chain-id", str(settings.chain_id)),
        *("--accounts", str(settings.accounts), "--mnemonic", settings.mnemonic),
        *("--gas-limit", str(settings.gas_limit), "--slots-in-an-epoch", "1"),
        *("--config-out", str(config), "--preserve-historical-states"),
    ]
    if settings.genesis_time is not None:
        arguments += ["--timestamp", str(settings.genesis_time)]
    if settings.load_state is not None:
        arguments += ["--load-state", str(settings.load_state)]
    return arguments


def _die_with_parent() -> Callable[[], None] | None:
    """Return what makes the kernel kill the child when the thread that started it ends (Linux only)."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def in_child() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return in_child


def _await_listening(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the node's address once its log names it."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        found = _LISTENING.search(log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return f"http://{found[1]}:{found[2]}"
        if process.poll() is not None:
            break
        time.sleep(0.01)
    tail = " ".join(log.read_text(encoding="utf-8", errors="replace").split())[-300:]
    raise RetryLaterError(
        "anvil did not start", expected="a line 'Listening on'", got=tail or "no output", where=str(log)
    )


def _read_accounts(config: Path) -> tuple[Account, ...]:
    answer = json.loads(config.read_text(encoding="utf-8"))
    pairs = zip(answer["available_accounts"], answer["private_keys"], strict=True)
    return tuple(Account(to_checksum_address(address), key) for address, key in pairs)


def _find_anvil(path: Path) -> psutil.Process | None:
    """Return the anvil that a pid file names, None where it has ended; InputError for a file that names nothing."""
    try:
        process = psutil.Process(int(path.read_text(encoding="ascii")))
        is_anvil = process.name().startswith("anvil") and process.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, psutil.Error):
        return None
    except (ValueError, OverflowError) as error:
        raise InputError("unreadable pid file", expected="one number", got=str(error), where=str(path)) from error
    return process if is_anvil else None
