"""What PostgreSQL refuses, by what the caller must do: start it, correct the configuration, use another role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indexer.words.errors import InputError, PozkError, RetryLaterError

if TYPE_CHECKING:
    import psycopg

_REFUSALS = re.compile(r"FATAL: |authentication|no password supplied|does not support|certificate|invalid \w+ ")
_PASSING = re.compile(r"starting up|shutting down|recovery|too many|connection slots|terminating|not yet accepting")
_ONLY_READS = ("permission denied", "read-only transaction", "read-only mode", "must be owner")


@contextmanager
def translated_database(where: str) -> Iterator[None]:
    """Turn a lost connection into RetryLaterError and a missing right into InputError; errors of ours pass."""
    import psycopg

    try:
        yield
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise only_reads(str(error), where) from error
    except psycopg.OperationalError as error:
        raise RetryLaterError(
            "the database did not answer", got=hide_password(str(error)), where=where, remedy="start it and call again"
        ) from error


def refused_connection(error: psycopg.OperationalError, uri: str) -> PozkError:
    """Return a failed connection as an error: the server turned us away (fix it), or nobody answers (try again)."""
    said = hide_password(str(error))
    if _REFUSALS.search(said) and not _PASSING.search(said):
        return InputError(
            "the database turns us away", got=said, where=hide_password(uri), remedy="correct store.database_url"
        )
    return RetryLaterError(
        "database is unreachable", got=said, where=hide_password(uri), remedy="start it or correct store.database_url"
    )


def malformed_url(error: psycopg.Error) -> InputError:
    """Return the error of a URL that is none: what libpq says of it without the part that it quotes.

    That part may hold the password, as in `invalid percent-encoded token`; the name of a parameter is none.
    """
    said = hide_password(str(error))
    if "query parameter" not in said:
        said = said.partition('"')[0].rstrip(": ") or "a value that is not shown"
    return InputError("database_url is malformed", got=said, where="store.database_url")


def is_only_reads(said: str) -> bool:
    """Tell whether a database's words mean that this role, or this server, only reads."""
    return any(words in said for words in _ONLY_READS)


def only_reads(said: str, where: str) -> InputError:
    """Return the error of a role or server that only reads."""
    return InputError(
        "this role or server only reads",
        expected="one that may write",
        got=hide_password(said),
        where=where,
        remedy="correct store.database_url; `pozk check` says what a role may do",
    )


def hide_password(uri: str) -> str:
    """Return text with URIs in it without their passwords, fit for an error line."""
    hidden = re.sub(r"(://[^:/@\s]*):\S*@", r"\1:***@", uri)
    return re.sub(r"((?:ssl)?password=)[^&\s]+", r"\1***", hidden)
