"""The page without scripts: the documents of the API as headings and tables, under the page's policy."""

import json
import re
from pathlib import Path

import pytest

from settlement.entry.http.pages import page, plain
from settlement.entry.views.plain.markup import Links

pytestmark = [pytest.mark.chain, pytest.mark.database]
DOCUMENT = (Path(__file__).parents[5] / "deploy" / "page" / "src" / "index.html").read_bytes()
HOSTILE = "<img src=x onerror=alert(1)>\u202egnp.exe</td>"


@pytest.fixture(autouse=True)
def built(monkeypatch):
    monkeypatch.setattr(page, "_files", lambda: {"index.html": DOCUMENT, "page.js": b"1"})


@pytest.fixture(scope="module")
def account(client):
    return client.get("/v1/leaderboards/miners").json()["items"][0]["account"]


def cells(answer):
    return re.findall(r"<td[^>]*>(.*?)</td>", answer.text)


def test_index__of_a_settled_network__has_epochs_and_leaders_under_the_policy(client, account):
    answer = client.get("/")
    assert "connect-src 'self' https:" in answer.headers["content-security-policy"]
    assert '<a href="epoch/4.html">4</a>' in cells(answer)
    assert f'<a href="account/{account}.html">' in answer.text
    assert "<h2>Top miners</h2>" in answer.text
    assert client.get("/index.html").text == answer.text
    script = client.get("/page.js")
    assert (script.content, script.headers["content-type"]) == (b"1", "text/javascript; charset=utf-8")


def test_one_page__of_an_epoch__says_what_its_document_says(client):
    document, answer = client.get("/v1/epochs/1").json(), client.get("/epoch/1.html")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for said in (document["report_hash"], document["root"], document["ruleset"], "amounts.parquet"):
        assert said in answer.text
    assert answer.text.count('href="../account/') == len(document["distribution"]) + len(document["votes"])


def test_one_page__of_an_account__says_what_is_owed_and_why_nothing_is_claimable(client, account):
    document, answer = client.get(f"/v1/accounts/{account}").json(), client.get(f"/account/{account}.html")
    assert document["reason"] in answer.text
    assert f'href="../v1/accounts/{account}/statement.csv"' in answer.text
    assert (
        client.get("/account.html", params={"account": f" {account.upper().replace('0X', '0x')} "}).status_code == 200
    )
    nobody = client.get(f"/account/0x{'77' * 20}.html")
    assert (nobody.status_code, "Nothing is owed to this account." in nobody.text) == (200, True)


def test_list_page__apps_epochs_governance__are_tables(client):
    app = client.get("/v1/apps").json()["items"][0]
    assert f'<a href="app/{app["app"]}.html">' in client.get("/apps.html").text
    assert "<h2>Who takes part</h2>" in client.get(f"/app/{app['app']}.html").text
    assert "emission" in cells(client.get("/governance.html"))
    assert len(cells(client.get("/epochs.html"))) == 11 * 6


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/epoch/99.html", 404, "has not begun"),
        ("/epoch/x.html", 400, "path.epoch"),
        ("/account/0x12.html", 400, "path.account"),
        ("/account.html?account=<script>", 400, "path.account"),
        ("/other/1.html", 404, "no such page"),
        ("/whatif.html", 404, "no such page"),
        ("/app/0x" + "77" * 20 + ".html", 404, "no such app"),
    ],
)
def test_plain__what_is_not_there__is_the_page_with_the_api_s_words(client, path, status, says):
    answer = client.get(path)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert 'page.js"></script>' in answer.text
    assert "<script>" not in answer.text


def test_plain__not_built__is_404_in_words(client, monkeypatch):
    monkeypatch.setattr(page, "_files", dict)
    assert "the page was not built" in client.get("/").json()["error"]


def hostile(document):
    """Return a document in which every text that a chain says is hostile."""
    if isinstance(document, dict):
        return {
            key: HOSTILE if key in ("name", "symbol", "text") and value else hostile(value)
            for key, value in document.items()
        }
    return [hostile(each) for each in document] if isinstance(document, list) else document


@pytest.mark.parametrize("kind", sorted(plain.DRAW))
def test_draw__names_and_symbols_are_hostile__stay_text(client, account, kind):
    class Hostile:
        def load(self, path, query=""):
            return hostile(json.loads(client.get(f"/v1/{path}?{query}").content))

    word = {"account": account, "epoch": "1", "app": client.get("/v1/apps").json()["items"][0]["app"]}.get(kind, "")
    shown = plain.DRAW[kind](Hostile(), word, Links())
    assert "<img" not in shown.body + shown.title
    assert "\u202e" not in shown.body + shown.title
    assert shown.body.count("<td") == shown.body.count("</td>")
