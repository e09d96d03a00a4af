"""Pages by keys: rows that come while somebody pages shift nothing."""

import pytest

from indexer.words.errors import InputError
from settlement.entry.http.paging import decode_cursor, encode_cursor, page_of


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
