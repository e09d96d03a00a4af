"""Pages of a list by the keys of its rows: a cursor names the last one, and what comes meanwhile shifts nothing."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query

from indexer.words.errors import InputError
from settlement.entry.http.answering.parameters import PLAIN
from settlement.rules.columns.strict_json import read_json

MOST_ROWS = 500
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="How many rows at most."), PLAIN]
Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before.")]
DEFAULT_ROWS = 50


def encode_cursor(keys: Sequence[int | str]) -> str:
    """Return the keys of a row as an opaque text."""
    return base64.urlsafe_b64encode(json.dumps(list(keys), separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, kinds: Sequence[type]) -> list[Any] | None:
    """Return the keys of a cursor, None without one; InputError for one that no page of this list gave."""
    if cursor is None:
        return None
    try:
        keys = read_json(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds):
            raise ValueError("another list's cursor")
    except (ValueError, binascii.Error, RecursionError) as error:
        expected, got = "`next` of the page before, as it was given", repr(cursor)[:60]
        raise InputError("a cursor cannot be read", expected=expected, got=got, where="query.cursor") from error
    return keys


def page_of(
    rows: Sequence[Mapping[str, Any]],
    limit: int,
    key_of: Callable[[Mapping[str, Any]], Sequence[int | str]],
    show: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """Return a page out of up to `limit` + 1 rows: whether there is one more says whether there is a next page."""
    shown = rows[:limit]
    after = encode_cursor(key_of(shown[-1])) if len(rows) > limit else None
    return {"items": [show(row) for row in shown], "next": after}
