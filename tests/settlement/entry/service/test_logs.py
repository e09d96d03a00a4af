"""What the service logs: JSON lines with epochs and ranges bound, and no secret of the configuration."""

import json

import pytest

from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.template import render_config
from settlement.entry.service.logs import start_logs
from settlement.entry.views.output import lead_notes_to, note
from tests.settlement.entry.configuration.test_config import CONTRACTS

SECRETS = {
    "POZK_SIGNER_PRIVATE_KEY": "0x" + "ab" * 31 + "cd",
    "POZK_RELAYER_PASSWORD": "relayers-password",
    "POZK_STORE_DATABASE_URL": "postgresql://oracle:database-password@db.example/pozk",
    "POZK_CHAIN_RPC": "https://user:rpc-password@node.example/v2/0123456789abcdef0123",
}
PLANTED = ("ab" * 31 + "cd", "relayers-password", "database-password", "rpc-password", "0123456789abcdef0123")


@pytest.fixture
def say(tmp_path):
    path = tmp_path / "pozk.toml"
    path.write_text(render_config(CONTRACTS))
    yield lambda level="normal": start_logs(load_settings(path, SECRETS), level)
    lead_notes_to(None)


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_start_logs__an_epoch_and_blocks__are_bound(say, capsys):
    say()("epoch 7: settled, blocks 10 to 20", job="settle")
    (line,) = lines(capsys)
    assert (line["epoch"], line["from_block"], line["to_block"], line["job"]) == (7, 10, 20, "settle")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("planted", PLANTED)
def test_start_logs__a_secret_in_a_text__is_not_shown(say, capsys, planted):
    say()(f"failed with {planted}, again {planted}", got=f"at {planted}")
    note(f"and noted: {planted}")
    text = capsys.readouterr().err
    assert planted not in text
    assert "***" in text


def test_start_logs__levels__quiet_leaves_out_what_is_no_trouble(say, capsys):
    quiet = say("quiet")
    quiet("nothing")
    quiet("trouble", level="warning")
    assert [line["event"] for line in lines(capsys)] == ["trouble"]
