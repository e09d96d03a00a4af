"""The process of the probes as the service starts it: what it answers, and that nothing outlives the service."""

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest

from settlement.entry.service import probe_process
from settlement.entry.service.probe_process import Heard, ProbeProcess, decode_standing, encode_standing
from settlement.words.service import Standing

READY = Standing(True, {"ready": True, "said": "é\n"}, b"pozk_speaks 1\n")
AWAY = Standing(False, {"ready": False}, b"pozk_speaks 0\n")
SECONDS = 60.0


def listening():
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def read(url):
    try:
        with urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - our own service
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def until(holds):
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def probed(standing, said):
    listener, address = listening()
    with listener:
        process = ProbeProcess(listener, (), lambda event, **_: said.append(event))
        process.start(standing)
        try:
            yield process, address
        finally:
            process.stop()


def test_encode_standing__any__is_one_line_that_is_read_as_the_same():
    line = encode_standing(READY)
    assert (line.count(b"\n"), decode_standing(line)) == (1, READY)


def test_heard__silence_and_a_service_that_cannot_look__are_told_apart():
    now = [0.0]
    heard = Heard(encode_standing(READY), clock=lambda: now[0])
    now[0] = 40.0
    assert (heard.silent_seconds(), heard.stale_seconds()) == (40, 40)
    heard.hear(b"\n")
    assert (heard.silent_seconds(), heard.stale_seconds(), heard.newest()) == (0, 40, READY)
    heard.hear(encode_standing(AWAY))
    assert (heard.stale_seconds(), heard.newest()) == (0, AWAY)


def test_probe_process__told_anew_and_killed__answers_what_was_told_last_and_ends(monkeypatch):
    monkeypatch.setenv("POZK_SIGNER_PRIVATE_KEY", "0xplanted")
    monkeypatch.setattr(probe_process, "ALIVE_SECONDS", 0.05)
    said = []
    with probed(READY, said) as (process, address):
        assert read(f"{address}/livez") == (200, b'{"live":true}')
        assert read(f"{address}/readyz")[0] == 200
        assert not [name for name in psutil.Process(process._process.pid).environ() if name.startswith("POZK_")]
        process.tell(AWAY)
        until(lambda: read(f"{address}/readyz") == (503, b'{"ready":false}'))
        assert read(f"{address}/metrics") == (200, AWAY.metrics)
        first = process._process
        first.kill()
        first.wait()
        assert read(f"{address}/readyz") == (503, b'{"ready":false}')  # waits until there is another one
        assert said == ["the process of the probes ended: it is started again"]
        last = process._process
    assert last.poll() is not None
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), 1)


SERVICE = """
import socket, sys, time
from settlement.entry.service import probe_process
from settlement.entry.service.probe_process import ProbeProcess
from settlement.words.service import Standing
process = ProbeProcess(socket.create_server(("127.0.0.1", 0)), (), print)
process.start(Standing(True, {}, b""))
print(process._process.pid, flush=True)
time.sleep(600)
"""


def test_probe_process__service_is_killed__ends_by_itself():
    with subprocess.Popen([sys.executable, "-c", SERVICE], stdout=subprocess.PIPE, text=True) as service:
        probes = psutil.Process(int(service.stdout.readline()))
        service.kill()
    probes.wait(SECONDS)
