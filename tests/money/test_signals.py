"""Whatever signal ends a command: all that it started ends with it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from settlement.entry.configuration.template import render_config
from tests.support.operator import POZK, operator_of

pytestmark = [pytest.mark.chain, pytest.mark.database]
ENDING = [signal.SIGTERM, signal.SIGKILL]


def processes_of(folder):
    """Return the processes whose command names something below a folder, zombies left out."""
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = any(str(folder) in part for part in process.cmdline())
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def await_that(is_so, seconds=120):
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_so()


@pytest.mark.parametrize("number", ENDING)
def test_index_follow__signal__embedded_server_ends_too(number, devnet, tmp_path):
    operator = operator_of(devnet, tmp_path, None)
    process = operator.start("index", "--follow")
    await_that(lambda: (operator.data_dir / "postgres" / "postmaster.pid").exists())
    if number is not signal.SIGKILL:  # the longest way: in the middle of its work
        while "following" not in process.stderr.readline():
            assert process.poll() is None
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == (-number if number is signal.SIGKILL else 128 + number)
    await_that(lambda: not processes_of(tmp_path))


@pytest.mark.parametrize("number", ENDING)
def test_run__signal_while_it_tries_its_backup__both_embedded_servers_end_too(number, devnet, tmp_path):
    operator = operator_of(devnet, tmp_path, None, POZK_RUN_BACKUP_FOLDER="backups", POZK_RUN_COMPACT_SECONDS="1")
    process = operator.start("run")
    await_that(lambda: list(tmp_path.glob("backups/pozk-drill-*/data/postgres/postmaster.pid")))
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == (-number if number is signal.SIGKILL else 128 + number)
    await_that(lambda: not processes_of(tmp_path))


def test_index__signal_while_a_node_never_answers__ends_within_seconds(devnet, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        operator = operator_of(devnet, tmp_path, None)
        operator.edit_config(devnet.rpc, f"http://127.0.0.1:{silent.getsockname()[1]}")
        silent.settimeout(120)
        process = operator.start("index")
        silent.accept()  # it has asked, and waits
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    await_that(lambda: not processes_of(tmp_path))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_check__signal_while_the_database_is_created__nothing_stays(number, tmp_path):
    config = tmp_path / "pozk.toml"
    contracts = dict.fromkeys(("app_registry", "staking", "task_market", "parameters", "distributor", "token"))
    config.write_text(render_config({("contracts", key): "0x" + "11" * 20 for key in contracts}))
    process = subprocess.Popen([POZK, "check", "--config", str(config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    await_that(lambda: list(tmp_path.glob("data/postgres.new.*")))
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == (-number if number is signal.SIGKILL else 128 + number)
    await_that(lambda: not processes_of(tmp_path))


@pytest.mark.parametrize("options", [[], ["--detach"]])
def test_devnet__signal_while_it_is_built__node_ends_too(options, tmp_path):
    config = tmp_path / "pozk.toml"
    command = [POZK, "devnet", *options, "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    await_that(lambda: any(found.name().startswith("anvil") for found in processes_of(tmp_path)))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM
    await_that(lambda: not processes_of(tmp_path))


def test_demo__signal_while_its_devnet_is_built__nothing_stays(tmp_path):
    command = [sys.executable, "-m", "pozk.demo", str(tmp_path / "demo")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path(__file__).parent.parent.parent
    )
    await_that(lambda: any(found.name().startswith("anvil") for found in processes_of(tmp_path)))
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM
    await_that(lambda: not processes_of(tmp_path))
