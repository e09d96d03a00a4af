"""What commands print with --json is what `docs/json` says."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

SCHEMAS = sorted((Path(__file__).parents[2] / "docs" / "json").glob("*.schema.json"))
EPOCH = 1


def schema_of(name):
    return json.loads((SCHEMAS[0].parent / f"{name}.schema.json").read_text())


def verify(name, document):
    Draft202012Validator(schema_of(name)).validate(document)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name.split(".")[0])
def test_schemas__each__is_one(path):
    Draft202012Validator.check_schema(json.loads(path.read_text()))


@pytest.mark.database
@pytest.mark.chain
@pytest.mark.slow
def test_documents__of_a_settled_operator__are_as_described(settled_operator, tmp_path):
    pozk = settled_operator.pozk
    rows = pozk("query", "accounts").document
    account = rows[0]["account"]
    verify("query", rows)
    verify("query", pozk("query").document)
    verify("query", pozk("query", "--describe", "analytics.claimed").document)
    verify("query", pozk("query", "--describe", "leaderboard").document)
    for arguments in (["proof", account], ["proof", account, "--token", rows[0]["token"]], ["proof", "0x" + "77" * 20]):
        verify("proof", pozk(*arguments).document)
    live = pozk("proof", account, "--live", "--units").document
    verify("proof", live)
    assert (live["source"], live["tokens"][0]["claimed"]) == ("chain", "0")
    assert ("DPOZK", 18) in {(row["symbol"], row["decimals"]) for row in live["tokens"]}
    settled = pozk("settle", "--epoch", str(EPOCH), "--units").document
    verify("settle", settled)
    assert (settled["symbol"], "symbol" in settled["reports"][0]) == ("DPOZK", False)
    again = settled_operator.try_pozk("settle", "--epoch", str(EPOCH))
    assert "already settled" in again.stderr
    verify("index", pozk("index").document)
    verify("index", pozk("index", "--audit").document)
    verify("index", pozk("index", "--worker").document)
    verify("verify", pozk("verify", "--epoch", str(EPOCH)).document)
    explained = pozk("explain", account, "--epoch", str(EPOCH), "--full", "--units").document
    verify("explain", explained)
    assert explained["decimals"] == explained["entitlements"][0]["decimals"] == 18
    verify("explain", pozk("explain", account, "--epoch", "0").document)
    verify("simulate", pozk("simulate", "--epoch", str(EPOCH), "--weights", "5000,5000,8000,2000", "--units").document)
    verify("check", settled_operator.try_pozk("check").document)
    verify("bundle-publish", pozk("bundle", "publish", "--to", str(tmp_path / "mirror")).document)
    for command in ("proof", "explain", "verify"):
        arguments = [command, *([account] if command != "verify" else []), "--epoch", "99"]
        refused = pozk(*arguments, code=2).document
        verify("error", refused)
        assert "the newest settled one is 4" in refused["error"]
    unfinished = pozk("settle", "--epoch", "99", code=3).document["error"]
    assert "the newest final block is of epoch" in unfinished
    pasted = pozk("query", f"SELECT count(*) AS n FROM lake.proof_verified WHERE miner = '{account}'", code=2).document
    assert "addr('0x..')" in pasted["error"]


def test_documents__of_files__are_as_described(tmp_path, capsys):
    from settlement.entry.cli import run

    def document_of(*arguments):
        assert run([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    leaves = tmp_path / "leaves.csv"
    leaves.write_text(f"0x{'11' * 20},0x{'22' * 20},5\n")
    verify("merkle", document_of("merkle", str(leaves)))
    app, account = "0x" + "11" * 20, "0x" + "22" * 20
    inputs = {"ruleset": "paper-v1", "pool": "1000", "usage_unit": "1000", "residual": "rollover"}
    inputs |= {"weights": dict.fromkeys("abcd", "5000"), "total_app_staking": "5", "total_staking": "5"}
    inputs |= {"apps": [{"app": app, "circuit_work": "4", "user_stake": "5"}], "miners": []}
    inputs |= {"users": [{"app": app, "account": account, "tasks": "2", "stake": "5"}]}
    (tmp_path / "inputs.json").write_text(json.dumps([inputs]))
    verify("allocate", document_of("allocate", str(tmp_path / "inputs.json")))
    verify("init", document_of("init", "--config", str(tmp_path / "pozk.toml")))
