"""Pages by keys: rows that come while somebody pages shift nothing."""

import base64

import pytest
from pydantic import TypeAdapter, ValidationError
from starlette.testclient import TestClient

from indexer.words.errors import InputError
from indexer.words.quantities import Epoch
from settlement.entry.configuration.assembly import open_readonly_store, open_store
from settlement.entry.configuration.config import load_settings
from settlement.entry.http.answering.paging import Limit, decode_cursor, encode_cursor, page_of
from settlement.entry.http.answering.parameters import EpochNumber, EpochQuery
from settlement.entry.http.site import create_site


@pytest.mark.parametrize("kind", [EpochNumber, EpochQuery, Limit])
@pytest.mark.parametrize("sent", ["1_0", "1.0", " 1", "+1", "\uff11", "9" * 5000, "-1", ""])
def test_whole_numbers__other_than_digits__are_refused(kind, sent):
    assert TypeAdapter(kind).validate_python("12") == 12
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(sent)


def page(table, size, cursor):
    """Return a page of a table, newest first, as routes make them: rows below the key of the last one."""
    keys = decode_cursor(cursor, [int, str])
    rows = [row for row in sorted(table, reverse=True) if keys is None or row < (keys[0], keys[1])][: size + 1]
    shown = [{"number": number, "name": name} for number, name in rows]
    return page_of(shown, size, lambda row: [row["number"], row["name"]], dict)


@pytest.mark.parametrize("size", [1, 7, 500])
def test_page_of__rows_added_between_the_pages__the_union_is_the_table_as_it_was(size):
    table = {(number % 40, f"name {number}") for number in range(100)}
    before, found, cursor = set(table), [], None
    while True:
        answer = page(table, size, cursor)
        found += [(row["number"], row["name"]) for row in answer["items"]]
        table.add((100 + len(found), "new"))  # newer ones come at the front
        cursor = answer["next"]
        if cursor is None:
            break
    assert found == sorted(before, reverse=True)


@pytest.mark.parametrize("cursor", ["", "x", "????", "é", encode_cursor([1]), encode_cursor(["a", "b"]), "W10", "e30"])
def test_decode_cursor__that_no_page_gave__says_what_to_send(cursor):
    with pytest.raises(InputError, match="a cursor cannot be read, expected `next` of the page before"):
        decode_cursor(cursor, [int, str])


@pytest.mark.chain
@pytest.mark.database
def test_lists__epochs_settle_between_the_pages__the_union_is_the_table_as_it_was(settled_operator):
    environment = settled_operator.environment | {"POZK_SERVE_REQUESTS_PER_MINUTE": "0"}
    settings = load_settings(settled_operator.config, environment)
    with open_store(settings) as writer, open_readonly_store(settings) as reader:
        account = writer.artifacts.load_epoch(Epoch(1)).load_leaves().account[0].tobytes().hex()
        miners, users, history = "leaderboards/miners", "leaderboards/users", f"accounts/0x{account}/history"
        asked = [(history, 1), (history, 7), (miners, 7), (users, 500)]
        client, settle = TestClient(create_site(reader)), writer.settler.settle_all
        for path, size in asked:
            writer.settler.forget_from(Epoch(2))
            before = list(rows_of(TestClient(create_site(reader)), path, 500, ()))
            assert list(rows_of(client, path, size, settle())) == before, f"{path} by {size}"
            assert writer.journal.last_epoch() > 1
            client = TestClient(create_site(reader))


def rows_of(client, path, size, settlements):
    """Yield the rows of a list page by page; after each page another epoch is settled."""
    cursor, settling = None, iter(settlements)
    while True:
        answer = client.get(f"/v1/{path}", params={"limit": size} | ({"cursor": cursor} if cursor else {})).json()
        yield from answer["items"]
        next(settling, None)
        cursor = answer["next"]
        if cursor is None:
            return


def test_decode_cursor__brackets_without_end__are_no_cursor():
    deep = base64.urlsafe_b64encode(b"[" * 60_000).decode().rstrip("=")
    with pytest.raises(InputError, match="a cursor cannot be read"):
        decode_cursor(deep, (int,))
