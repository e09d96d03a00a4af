import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest

POZK = [sys.executable, "-m", "pozk"]


def shell(command, **environment):
    """Run a command line in bash; what bash itself says of a locale that is missing is left out."""
    done = subprocess.run(
        ["bash", "-c", command.replace("POZK", shlex.join(POZK))],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    done.stderr = "".join(line for line in done.stderr.splitlines(keepends=True) if "warning: setlocale" not in line)
    return done


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The path, as a shell takes it, of a document whose answer, 73 KB, is longer than a pipe holds."""
    path = tmp_path_factory.mktemp("in") / "input.json"
    empty = {"ruleset": "paper-v1", "pool": "1", "weights": dict.fromkeys("abcd", "5000")}
    empty |= {"usage_unit": "1", "residual": "rollover", "total_app_staking": "0", "total_staking": "0"}
    path.write_text(json.dumps([empty | {"apps": [], "miners": [], "users": []}] * 1000))
    return shlex.quote(str(path))


@pytest.mark.parametrize("command", ["--version", "allocate {tree}"])
def test_main__nobody_reads_stdout__ends_quietly_with_0_or_141(command, tree):
    done = shell(f"set -o pipefail; POZK {command.format(tree=tree)} | head -c 1 >/dev/null; exit $PIPESTATUS")
    assert (done.returncode, done.stderr) in [(0, ""), (141, "")]


@pytest.mark.parametrize("command", ["--version", "allocate {tree}"])
def test_main__stdout_closed__ends_quietly_with_0_or_141(command, tree):
    done = shell(f"POZK {command.format(tree=tree)} >&-")
    assert (done.returncode, done.stderr) in [(0, ""), (141, "")]


@pytest.mark.parametrize("command", ["--version", "allocate {tree}"])
def test_main__stdout_full__is_3_and_says_so(command, tree):
    done = shell(f"POZK {command.format(tree=tree)} >/dev/full")
    line = "error: stdout cannot be written, got No space left on device; make room and run the command again\n"
    assert (done.returncode, done.stderr) == (3, line)


def test_main__wrong_usage_into_a_full_device__keeps_its_code():
    assert shell("POZK settle --nonsense --json >/dev/full").returncode == 2


def test_main__stdout_and_stderr_closed__keeps_its_code():
    assert shell("POZK settle --nonsense >&- 2>&-").returncode == 2


def test_main__encoding_that_lacks_a_character__escapes_it():
    done = shell("POZK settle '漢' 2>&1", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout.count("\n")) == (2, 1)


INTERRUPTED = """
import builtins, os, signal
load = builtins.__import__
def interrupting(name, *rest, **others):
    if name == "typer":
        os.kill(os.getpid(), signal.SIGINT)
    return load(name, *rest, **others)
builtins.__import__ = interrupting
from pozk.__main__ import main
main()
"""


def test_main__interrupted_while_it_is_loaded__ends_without_a_word():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


SHOWN = """
from settlement.entry.views.output import Output
from settlement.entry.process import open_streams
open_streams()
Output(as_json=False).table(["a", "b"], [["x" * 50, "y" * 50]])
"""


@pytest.mark.skipif(not shutil.which("script"), reason="script is not installed")
@pytest.mark.parametrize(("columns", "lines"), [(60, 2), (300, 1)])
def test_main__on_a_terminal__tables_fit_its_width(columns, lines, tmp_path):
    (tmp_path / "show.py").write_text(SHOWN)
    command = f"stty cols {columns}; {shlex.join([sys.executable, str(tmp_path / 'show.py')])}"
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"], capture_output=True, text=True, env=environment | {"PYTHONPATH": "."}
    )
    assert sum("x" * 50 in line or "y" * 50 in line for line in done.stdout.splitlines()) == lines, done.stdout


SIGNALLED = """
import atexit, ctypes, os, signal, threading
from settlement.entry import cli, process
def ask(*_, **__):
    os.kill(os.getpid(), signal.SIGTERM)
    return 0
def later(seconds):
    threading.Timer(seconds, ask).start()
def deep_in_a_library(_):
    process._SECONDS_TO_END = 0.1
    later(0.1)
    lock = ctypes.create_string_buffer(64)
    while True:
        ctypes.CDLL(None).pthread_mutex_lock(lock)
def in_a_query(_):
    import duckdb
    from indexer.adapters.store.lake import Lake
    from indexer.rules.protocols.reference import REFERENCE
    lake = Lake(duckdb.connect(), "", REFERENCE)
    later(0.1)
    lake.query("SELECT sum(a.range * b.range % 7) FROM range(1000000) a, range(1000000) b")
def while_a_thread_starts(_):
    with threading._active_limbo_lock:
        ask()
def swallowed(_):
    try:
        ask()
    except BaseException:
        return 0
def while_an_error_is_said(_):
    cli.report_error = ask
    raise ValueError
def after_the_work(_):
    atexit.register(ask)
    return 0
cli._run = {moment}
cli.main()
"""


@pytest.mark.parametrize(
    "moment",
    [
        "deep_in_a_library",
        "in_a_query",
        "while_a_thread_starts",
        "swallowed",
        "while_an_error_is_said",
        "after_the_work",
    ],
)
def test_main__signal_at_any_moment__128_and_its_number(moment):
    command, began = [sys.executable, "-c", SIGNALLED.format(moment=moment)], time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 128 + signal.SIGTERM, done.stderr
    assert time.monotonic() - began < 7  # not only because its seconds are over
    assert done.stderr in ("", "interrupted; run the command again to go on\n")
