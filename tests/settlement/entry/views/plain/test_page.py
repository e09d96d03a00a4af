from pathlib import Path

from settlement.entry.views.plain.markup import Links, tag
from settlement.entry.views.plain.page import Plain, with_plain

DOCUMENT = (Path(__file__).parents[5] / "deploy" / "page" / "src" / "index.html").read_bytes()
PLAIN = Plain("App <b>", tag("p", "what it says"))


def test_with_plain__a_page__stands_where_only_readers_without_scripts_see_it():
    shown = with_plain(DOCUMENT, PLAIN, Links()).decode()
    before, inside, after = shown.partition("<noscript>")[0], *shown.partition("<noscript>")[2].split("</noscript>")
    assert "<h1>App &lt;b&gt;</h1>" in inside
    assert "<p>what it says</p>" in inside
    assert "what it says" not in before + after
    assert "<title>App &lt;b&gt; · PoZK rewards</title>" in before
    assert 'action="account.html"' in inside


def test_with_plain__one_folder_below__leads_back_to_script_and_style():
    shown = with_plain(DOCUMENT, PLAIN, Links("../")).decode()
    for words in ('href="../page.css"', 'src="../page.js"', 'class="brand" href="../"', 'href="../epochs.html"'):
        assert words in shown
    assert 'href="page.css"' not in shown


def test_with_plain__in_an_export__says_where_accounts_lie():
    shown = with_plain(DOCUMENT, PLAIN, Links(is_static=True)).decode()
    assert "<form" not in shown
    assert "v1/proofs/" in shown


def test_with_plain__a_document_without_room__stays_as_it_is():
    assert with_plain(b"<p>", PLAIN, Links()) == b"<p>"
