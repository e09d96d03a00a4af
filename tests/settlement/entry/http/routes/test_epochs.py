"""Epochs over HTTP: their list, their files under the digests that name them."""

import hashlib

import pytest

from settlement.rules.epoch.read_report import ROW_STAGES
from settlement.rules.epoch.shards import digests_name, shard_name

pytestmark = [pytest.mark.chain, pytest.mark.database]


def pages(client, path, size):
    rows, cursor = [], None
    while True:
        answer = client.get(path, params={"limit": size} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return rows


def test_list_epochs__any_size_of_page__the_union_is_the_table(client):
    whole = pages(client, "/v1/epochs", 500)
    assert [row["epoch"] for row in whole] == list(range(whole[0]["epoch"], -1, -1))
    assert pages(client, "/v1/epochs", 1) == pages(client, "/v1/epochs", 7) == whole
    settled = [row for row in whole if row["root"]]
    assert len(settled) == 5
    assert all(row["symbol"] == "DPOZK" and row["decimals"] == 18 for row in whole)
    assert all(isinstance(row["pool"], str) for row in settled)


def test_one_epoch__settled__holds_report_votes_and_spread(client):
    document = client.get("/v1/epochs/1").json()
    assert {"stages", "parameters", "totals", "votes", "quorum", "distribution", "gini", "files"} <= document.keys()
    assert sum(int(row["amount"]) for row in document["distribution"]) == int(document["distributed"])


def test_report_bytes__asked_again__is_304_under_the_hash_that_is_voted(client, store):
    answer = client.get("/v1/epochs/1/report.json")
    stored = store.journal.load_report(1)
    assert answer.content == stored.document
    assert answer.headers["etag"] == f'"{stored.report_hash.hex()}"'
    again = client.get("/v1/epochs/1/report.json", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_manifest__of_a_settled_epoch__names_its_checkpoint(client):
    block = client.get("/v1/epochs/1/report.json").json()["reference_block"]
    assert client.get("/v1/epochs/1/manifest.json").json()["checkpoint"] == f"{block['number']}:{block['hash']}"


@pytest.mark.parametrize("stage", ROW_STAGES)
def test_shards__of_a_stage__are_what_the_report_says(client, stage):
    digest = client.get("/v1/epochs/1").json()["stages"][stage]["sha256"]
    digests = client.get(f"/v1/epochs/1/{digests_name(stage)}")
    assert len(digests.content) == 8192
    assert "0x" + hashlib.sha256(digests.content).hexdigest() == digest == "0x" + digests.headers["etag"].strip('"')
    held = [at for at in range(256) if digests.content[32 * at : 32 * at + 32] != hashlib.sha256(b"").digest()]
    for at in held[:3]:
        answer = client.get(f"/v1/epochs/1/{shard_name(stage, at)}")
        assert hashlib.sha256(answer.content).digest() == digests.content[32 * at : 32 * at + 32]
    empty = next(at for at in range(256) if at not in held)
    assert client.get(f"/v1/epochs/1/{shard_name(stage, empty)}").status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/v1/epochs/99", 404, "has not begun"),
        ("/v1/epochs/99/report.json", 404, "not settled"),
        ("/v1/epochs/x", 400, "path.epoch"),
        ("/v1/epochs?cursor=abc", 400, "query.cursor"),
        ("/v1/epochs?limit=0", 400, "query.limit"),
        ("/v1/epochs/1/shards/events.bin", 404, "no such stage"),
        ("/v1/epochs/1/shards/leaves/zz.bin", 404, "no such shard"),
    ],
)
def test_epochs__wrong_request__says_what_to_send(client, path, status, says):
    answer = client.get(path)
    assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.text
