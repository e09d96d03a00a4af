"""Lists over HTTP: what every route gives on a settled devnet, page by page."""

import pytest

from settlement.adapters.chain.token_units import KnownTokens
from settlement.adapters.queries.analytics import open_analytics
from settlement.adapters.queries.named_queries import find_query, read_parameters
from tests.settlement.entry.http.routes.test_epochs import pages

pytestmark = [pytest.mark.chain, pytest.mark.database]


@pytest.fixture(scope="module")
def account(client):
    return client.get("/v1/leaderboards/miners").json()["items"][0]["account"]


@pytest.mark.parametrize("board", ["miners", "users", "apps"])
def test_leaderboard__any_size_of_page__ranks_all_by_amount(client, board):
    whole = pages(client, f"/v1/leaderboards/{board}", 500)
    assert [row["rank"] for row in whole] == list(range(1, len(whole) + 1))
    amounts = [int(row["amount"]) for row in whole]
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[0] > 0
    assert whole[0]["proofs"] > 0
    assert pages(client, f"/v1/leaderboards/{board}", 1) == whole


def test_history__any_size_of_page__sums_to_the_entitlement(client, account):
    whole = pages(client, f"/v1/accounts/{account}/history", 500)
    assert pages(client, f"/v1/accounts/{account}/history", 1) == pages(client, f"/v1/accounts/{account}/history", 7)
    assert pages(client, f"/v1/accounts/{account}/history", 7) == whole
    sums = {}
    for row in whole:
        sums[row["token"]] = sums.get(row["token"], 0) + int(row["amount"])
    owed = {row["token"]: int(row["entitled"]) for row in client.get(f"/v1/accounts/{account}").json()["tokens"]}
    assert sums == owed


def test_statement__of_an_account__is_a_line_a_row(client, account):
    answer = client.get(f"/v1/accounts/{account}/statement.csv")
    lines = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/csv")
    assert lines[0].startswith("kind,epoch,timestamp,token,symbol")
    assert len(lines) == 1 + len(pages(client, f"/v1/accounts/{account}/history", 500))


def test_explanation__of_a_settled_epoch__is_the_document_of_explain(client, account):
    document = client.get(f"/v1/accounts/{account}/epochs/1").json()
    assert (document["account"], document["epoch"]) == (account, 1)
    assert document["amounts"]
    named = [document, *document["amounts"], *document["entitlements"]]
    assert all(row["decimals"] == 18 and row["symbol"] in ("DPOZK", "DBONUS") for row in named)
    projected = client.get(f"/v1/accounts/{account}/epochs/open").json()
    assert (projected["epoch"], projected["entitlements"]) == (5, [])
    assert client.get(f"/v1/accounts/{account}/epochs/never").status_code == 400


def test_apps__of_a_devnet__have_names_terms_and_work(client):
    whole = pages(client, "/v1/apps", 500)
    assert pages(client, "/v1/apps", 1) == whole
    proven = next(row for row in whole if row["proofs"])
    assert proven["approved"]
    assert int(proven["work"]) > 0
    document = client.get(f"/v1/apps/{proven['app']}").json()
    assert sum(row["proofs"] for row in document["epochs"]) == proven["proofs"]
    assert {row["role"] for row in document["participants"]} == {"miner", "user"}
    assert document["prove_seconds"]["median"] is not None
    assert client.get("/v1/apps/0x" + "77" * 20).status_code == 404


def test_parameters__in_force__are_one_each_and_what_comes_is_apart(client):
    document = client.get("/v1/parameters").json()
    names = [row["name"] for row in document["in_force"]]
    assert len(names) == len(set(names))
    assert {"a", "b", "c", "d", "emission"} <= set(names)
    assert all(row["from_epoch"] > document["epoch"] for row in document["coming"])


def test_committee__of_a_devnet__lists_its_members(client):
    document = client.get("/v1/committee").json()
    assert len(document["members"]) >= document["quorum"] > 0
    assert {"member", "votes", "dissents", "missed", "last_epoch"} <= document["members"][0].keys()


def test_simulate__without_overrides__changes_nothing(client):
    document = client.get("/v1/simulate?epoch=1").json()
    assert document["before"] == document["after"]
    assert (document["symbol"], document["decimals"]) == ("DPOZK", 18)
    assert client.get("/v1/simulate?epoch=1&weights=1,2").status_code == 400


@pytest.mark.parametrize("path", ["/v1/anomalies", "/v1/health", "/openapi.json"])
def test_site__other_routes__answer(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text


def test_page__not_built_or_unknown__is_404_in_words(client):
    answer = client.get("/nothing/here")
    assert answer.status_code == 404
    assert "/openapi.json" in answer.json()["error"]


@pytest.fixture(scope="module")
def questions(store):
    """The same store as `pozk query` asks it."""
    data_dir, token = store.settings.store.data_dir, store.settings.contracts.token
    with store.lake.cursor() as lake:
        yield open_analytics(lake, data_dir, token, KnownTokens(data_dir, token).load())


@pytest.mark.parametrize("board", ["miners", "users", "apps"])
def test_leaderboard__and_the_query_of_that_name__are_the_same(client, questions, board):
    query = find_query("leaderboard")
    rows = questions.run_named(query, read_parameters(query, {"board": board})).to_pylist()
    served = pages(client, f"/v1/leaderboards/{board}", 500)
    wanted = ("rank", "account", "amount", "proofs")
    assert [[str(row[name]) for name in wanted] for row in served] == [
        [str(row[name]) for name in wanted] for row in rows
    ]


def test_apps_and_times_and_anomalies__and_the_queries__are_the_same(client, questions):
    names = ("apps", "time_to_proof", "anomalies")
    found = {name: find_query(name) for name in names}
    ask = {name: questions.run_named(found[name], read_parameters(found[name], {})).to_pylist() for name in names}
    served = {row["app"]: row for row in pages(client, "/v1/apps", 500)}
    assert {row["app"]: (row["proofs"], str(row["work_milli_gates"])) for row in ask["apps"]} == {
        app: (row["proofs"], row["work"]) for app, row in served.items()
    }
    for row in ask["time_to_proof"]:
        details = client.get(f"/v1/apps/{row['app']}").json()
        assert details["prove_seconds"] == {"median": row["median_seconds"], "p90": row["p90_seconds"]}
        assert details["missed_deadlines"] == row["missed"]
    shown = client.get("/v1/anomalies?limit=500").json()["items"]
    assert shown == ask["anomalies"]
