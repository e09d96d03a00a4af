import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.devnet import node as node_module
from deploy.devnet.node import (
    NodeSettings,
    find_anvil,
    is_running_by_pid_file,
    pid_file,
    start_node,
    stop_by_pid_file,
)
from deploy.devnet.rpc import DevRpc
from indexer.words.errors import InputError, RetryLaterError

_PROGRAM = """
import sys, time
from pathlib import Path
from deploy.devnet.node import NodeSettings, start_node
node = start_node(NodeSettings(Path(sys.argv[1])))
print(node.process.pid, flush=True)
time.sleep(600)
"""


def test_find_anvil__no_npm_packages__says_what_to_run(tmp_path):
    with pytest.raises(InputError, match="run `make setup`"):
        find_anvil(tmp_path)


@pytest.mark.chain
def test_start_node__settings__are_the_chains(tmp_path):
    node = start_node(NodeSettings(tmp_path, chain_id=77, accounts=3, genesis_time=1_600_000_000))
    try:
        rpc = DevRpc(node.rpc)
        assert rpc.call("eth_chainId") == hex(77)
        assert rpc.call("eth_accounts") == [account.address.lower() for account in node.accounts]
        assert len(node.accounts) == 3
        assert rpc.call("eth_getBlockByNumber", "0x0", False)["timestamp"] == hex(1_600_000_000)
    finally:
        node.stop()
    assert not node.is_running()


@pytest.mark.chain
def test_start_node__port_taken__says_so(tmp_path):
    node = start_node(NodeSettings(tmp_path / "first"))
    try:
        port = int(node.rpc.rsplit(":", 1)[1])
        with pytest.raises(RetryLaterError, match=r"anvil did not start.*in use"):
            start_node(NodeSettings(tmp_path / "second", port=port))
    finally:
        node.stop()


@pytest.mark.chain
def test_start_node__parent_killed__node_ends(tmp_path):
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    assert _ends(pid)


@pytest.mark.chain
def test_stop_by_pid_file__detached_node__ends_it_once(tmp_path):
    node = start_node(NodeSettings(tmp_path, detached=True))
    try:
        assert is_running_by_pid_file(pid_file(tmp_path))
        assert stop_by_pid_file(pid_file(tmp_path))
        assert not node.is_running()
        assert not stop_by_pid_file(pid_file(tmp_path))
    finally:
        node.stop()


@pytest.mark.chain
def test_start_node__detached__can_be_found_before_it_answers(tmp_path, monkeypatch):
    found = []

    def give_up(_process, _log):
        found.append(is_running_by_pid_file(pid_file(tmp_path)))
        raise KeyboardInterrupt

    monkeypatch.setattr(node_module, "_await_listening", give_up)
    with pytest.raises(KeyboardInterrupt):
        start_node(NodeSettings(tmp_path, detached=True))
    assert found == [True]
    assert not is_running_by_pid_file(pid_file(tmp_path))


def test_stop_by_pid_file__another_program__is_left_alone(tmp_path):
    path = pid_file(tmp_path)
    path.write_text(f"{os.getpid()}\n")
    assert not stop_by_pid_file(path)
    assert not path.exists()


def test_stop_by_pid_file__garbage__is_refused(tmp_path):
    path = pid_file(tmp_path)
    path.write_text("many")
    with pytest.raises(InputError, match="unreadable pid file"):
        stop_by_pid_file(path)


def _ends(pid):
    """Tell whether a process that is not our child is gone, or a zombie, within ten seconds."""
    for _ in range(500):
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return True
        time.sleep(0.02)
    return False
