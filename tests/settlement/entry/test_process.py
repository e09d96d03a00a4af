import json
import os
import signal
import subprocess
import sys
import time

import pytest

POZK = [sys.executable, "-m", "pozk"]


def shell(command, **environment):
    return subprocess.run(
        ["bash", "-c", command.replace("POZK", " ".join(POZK))],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A document whose answer is longer than any buffer."""
    path = tmp_path_factory.mktemp("in") / "input.json"
    empty = {"ruleset": "paper-v1", "pool": "1", "weights": dict.fromkeys("abcd", "5000")}
    empty |= {"usage_unit": "1", "residual": "rollover", "total_app_staking": "0", "total_staking": "0"}
    path.write_text(json.dumps([empty | {"apps": [], "miners": [], "users": []}] * 3000))
    return path


@pytest.mark.parametrize("command", ["--version", "allocate {tree}"])
def test_main__nobody_reads_stdout__ends_quietly_with_0_or_141(command, tree):
    done = shell(f"set -o pipefail; POZK {command.format(tree=tree)} | head -c 1 >/dev/null; exit $PIPESTATUS")
    assert (done.returncode, done.stderr) in [(0, ""), (141, "")]


@pytest.mark.parametrize("command", ["--version", "allocate {tree}"])
@pytest.mark.parametrize("stdout", [">/dev/full", ">&-"])
def test_main__stdout_full_or_closed__ends_quietly_with_0_or_141(command, stdout, tree):
    done = shell(f"POZK {command.format(tree=tree)} {stdout}")
    assert (done.returncode, done.stderr) in [(0, ""), (141, "")]


def test_main__wrong_usage_into_a_full_device__keeps_its_code():
    assert shell("POZK settle --nonsense --json >/dev/full").returncode == 2


def test_main__stdout_and_stderr_closed__keeps_its_code():
    assert shell("POZK settle --nonsense >&- 2>&-").returncode == 2


def test_main__encoding_that_lacks_a_character__escapes_it():
    done = shell("POZK settle '漢' 2>&1", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout.count("\n")) == (2, 1)


@pytest.mark.parametrize("delay", [0.05, 0.3])
def test_main__interrupted_while_it_is_loaded_or_reads__prints_no_traceback(delay):
    process = subprocess.Popen([*POZK, "allocate", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(delay + 0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode in (-signal.SIGINT, 130)
    assert "settlement" not in said
