import pytest

from settlement.entry.views.plain.markup import (
    Html,
    Links,
    amount,
    count,
    facts,
    name_of,
    short,
    symbol,
    table,
    tag,
    text,
)

TOKEN = {"token": "0x" + "01" * 20, "symbol": "POZK", "decimals": 18}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("\"&'", "&quot;&amp;&#x27;"),
        ("a\u202eb\u0000c\ud800", "a\\u202eb\\x00c\\ud800"),
        (None, "\u2013"),
        (7, "7"),
    ],
)
def test_text__of_foreign_origin__is_text_alone(said, shown):
    assert text(said) == shown


def test_tag__hostile_attributes__stay_inside_their_quotes():
    assert tag("a", "<b>", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">&lt;b&gt;</a>'


@pytest.mark.parametrize(
    ("wei", "shown", "whole"),
    [
        ("1234567890000000000000", "1,234.5678", "1234.56789 POZK"),
        ("1", "<0.0001", "0.000000000000000001"),
        ("0", "0.0000", "0 POZK"),
        (None, "\u2013", ""),
    ],
)
def test_amount__of_a_row__is_cut_and_its_title_has_all(wei, shown, whole):
    number = amount(TOKEN | {"pool": wei}, "pool")
    assert (number.shown, number.whole) == (shown, whole)


def test_amount__decimals_unknown__is_base_units():
    assert amount({"token": "0x01", "symbol": None, "decimals": None, "pool": "1500"}, "pool").shown == "1,500"


def test_name_of__without_end_or_none__is_cut_or_said():
    assert name_of("x" * 100) == f"<bdi>{'x' * 80}…</bdi>"
    assert name_of(None) == "<bdi>without a name</bdi>"


def test_symbol__none__is_the_address():
    assert symbol(TOKEN | {"symbol": None}) == f"<bdi>{TOKEN['token']}</bdi>"
    assert symbol(TOKEN | {"symbol": "<b>"}) == "<bdi>&lt;b&gt;</bdi>"


def test_table__rows_or_none__aligns_numbers_and_says_when_empty():
    rows = [("<i>", count(1234), short("0x" + "ab" * 20))]
    shown = table("Things", ("what", "many", "hash"), rows, "nothing")
    assert '<th scope="col" class="number">many</th>' in shown
    assert '<td>&lt;i&gt;</td><td class="number">1,234</td>' in shown
    assert f'<span class="hex" title="0x{"ab" * 20}">0xabab…abab</span>' in shown
    assert table("Things", ("what",), [], "nothing <here>") == '<p class="empty">nothing &lt;here&gt;</p>'


def test_facts__pairs__are_a_list_of_definitions():
    assert facts(("pool", count(5))) == (
        '<dl class="facts"><div class="fact"><dt>pool</dt>\n<dd class="number">5</dd></div></dl>'
    )


def test_links__in_an_export__have_no_page_of_an_account():
    account = "0x" + "ab" * 20
    assert Links("../").account(account).startswith(f'<a href="../account/{account}.html">')
    assert "<a" not in Links(is_static=True).account(account)
    assert Links("../").epoch(None) == text(None)
    assert Links().app(account, "<x>") == f'<a href="app/{account}.html"><bdi>&lt;x&gt;</bdi></a>'
    assert isinstance(Links().epoch(3), Html)
