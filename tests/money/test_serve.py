"""`pozk serve` as a process: with a role that may only read, until it is told to end."""

import signal

import httpx
import pytest

from indexer.adapters.postgres.database import connect
from tests.settlement.entry.http.conftest import reader_url

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]


def test_serve__role_that_may_only_read__answers_and_ends_on_a_signal(settled_operator):
    owner = settled_operator.environment["POZK_STORE_DATABASE_URL"]
    settled_operator.environment["POZK_STORE_DATABASE_URL"] = reader_url(owner)
    settled_operator.environment["POZK_SERVE_PORT"] = "0"
    before = sorted(path for path in settled_operator.data_dir.rglob("*") if path.is_file())
    server = settled_operator.start("serve")
    try:
        address = next(line.strip() for line in server.stderr if line.startswith("http://"))
        assert httpx.get(f"{address}/v1/health", timeout=30).json()["served"]["settled"] == 4
        assert httpx.get(f"{address}/v1/accounts/0x{'77' * 20}", timeout=30).json()["reason"]
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    assert server.returncode in (0, 143)
    assert sorted(path for path in settled_operator.data_dir.rglob("*") if path.is_file()) == before
    with (
        connect(settled_operator.environment["POZK_STORE_DATABASE_URL"]) as reader,
        pytest.raises(Exception, match="permission"),
    ):
        reader.execute("DELETE FROM pozk.reports")
