from urllib.parse import urlsplit

import psycopg
import pytest

from indexer.adapters.postgres.database import connect
from indexer.adapters.postgres.database_errors import hide_password, refused_connection, translated_database
from indexer.words.errors import InputError, RetryLaterError

URI = "postgresql://me:secret@host/pozk"


@pytest.mark.parametrize(
    "said",
    [
        'FATAL:  password authentication failed for user "me"',
        'FATAL:  database "pozk" does not exist',
        'FATAL:  role "me" does not exist',
        'FATAL:  no pg_hba.conf entry for host "10.0.0.1"',
        "fe_sendauth: no password supplied",
        "server does not support SSL, but SSL was required",
        'invalid port number: "65536"',
        'invalid integer value "x" for connection option "port"',
        'root certificate file "/none" does not exist',
    ],
)
def test_refused_connection__the_server_turns_us_away__is_wrong_configuration(said):
    error = refused_connection(psycopg.OperationalError(said), URI)
    assert isinstance(error, InputError)
    assert "secret" not in error.line()


@pytest.mark.parametrize(
    "said",
    [
        "connection refused",
        "connection timeout expired",
        "FATAL:  the database system is starting up",
        "FATAL:  the database system is shutting down",
        "FATAL:  sorry, too many clients already",
        "FATAL:  remaining connection slots are reserved",
        "server closed the connection unexpectedly",
    ],
)
def test_refused_connection__nobody_answers_for_now__is_try_again(said):
    assert isinstance(refused_connection(psycopg.OperationalError(said), URI), RetryLaterError)


@pytest.mark.database
def test_connect__database_or_role_that_is_missing__is_wrong_configuration(database_url):
    parts = urlsplit(database_url)
    nobody = parts._replace(netloc=f"nobody:nothing@{parts.netloc.rpartition('@')[2]}").geturl()
    missing = parts._replace(path="/missing").geturl()
    for wrong in (missing, nobody):
        with pytest.raises(InputError, match=r"turns us away.*(does not exist|password authentication failed)"):
            connect(wrong)


@pytest.mark.parametrize(
    "uri", ["postgresql://127.0.0.1:65536/d", "postgresql://127.0.0.1:x/d", "postgresql://127.0.0.1/d?sslmode=maybe"]
)
def test_connect__address_that_no_server_can_have__is_wrong_configuration(uri):
    with pytest.raises(InputError):
        connect(uri)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.InsufficientPrivilege("permission denied"), InputError),
        (psycopg.errors.ReadOnlySqlTransaction("read-only"), InputError),
        (psycopg.errors.AdminShutdown("terminating"), RetryLaterError),
        (psycopg.errors.DiskFull("full"), RetryLaterError),
        (psycopg.errors.UniqueViolation("twice"), psycopg.errors.UniqueViolation),
    ],
)
def test_translated_database__kinds_of_errors__by_what_to_do(error, kind):
    with pytest.raises(kind), translated_database("here"):
        raise error


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://u:p%40ss@h:5/d", "postgresql://u:***@h:5/d"),
        ("postgresql://u:p@ss/w@h:5/d", "postgresql://u:***@h:5/d"),
        ("postgresql://h/d", "postgresql://h/d"),
        ("postgresql://u@h/d?password=p&sslmode=require", "postgresql://u@h/d?password=***&sslmode=require"),
        ("postgresql://u@h/d?sslpassword=p", "postgresql://u@h/d?sslpassword=***"),
        ("postgresql://postgres:@/postgres?host=/x", "postgresql://postgres:***@/postgres?host=/x"),
    ],
)
def test_hide_password__uris__password_replaced(uri, shown):
    assert hide_password(uri) == shown
