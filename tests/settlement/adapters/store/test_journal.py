import psycopg
import pytest

from indexer.adapters.postgres.database import apply_migrations, connect
from indexer.words.errors import InputError, RetryLaterError
from settlement.adapters.store.journal import PostgresJournal
from settlement.words.records import StoredReport
from tests.support.pooler import TransactionPooler

pytestmark = pytest.mark.database


@pytest.fixture
def connection(database_url):
    with connect(database_url) as opened:
        apply_migrations(opened, "journal")
        yield opened


@pytest.fixture
def journal(connection):
    return PostgresJournal(connection)


def report(epoch):
    return StoredReport(epoch, b"{}", bytes([epoch]) * 32, bytes(32))


def test_apply_migrations__twice__changes_nothing(connection):
    assert apply_migrations(connection, "journal") == []


def test_store_report__two_epochs__each_is_read_back(journal):
    assert journal.last_epoch() is None
    journal.store_report(report(0))
    journal.store_report(report(1))
    assert journal.last_epoch() == 1
    assert journal.load_report(0) == report(0)
    assert journal.load_report(2) is None


def test_load_stakes_digest__stored_with_a_report_or_not__is_it_or_none(journal):
    journal.store_report(report(0), bytes([7]) * 32)
    journal.store_report(report(1))
    assert [journal.load_stakes_digest(epoch) for epoch in range(3)] == [bytes([7]) * 32, None, None]


def test_store_report__stored_before__is_refused_and_changes_nothing(journal):
    journal.store_report(report(0))
    with pytest.raises(psycopg.errors.UniqueViolation):
        journal.store_report(StoredReport(0, b"[]", bytes(32), bytes(32)))
    assert journal.load_report(0) == report(0)


def test_forget_from__later_epochs__are_gone_and_counted(journal):
    for epoch in range(3):
        journal.store_report(report(epoch))
    assert journal.forget_from(1) == 2
    assert journal.last_epoch() == 0
    assert journal.forget_from(1) == 0


def test_verify_identity__another_network__is_refused(journal):
    journal.verify_identity({"chain_id": "1", "token": "0xaa"})
    journal.verify_identity({"chain_id": "1", "token": "0xaa"})
    with pytest.raises(InputError, match="chain_id, expected 1, got 2"):
        journal.verify_identity({"chain_id": "2", "token": "0xaa"})


def test_lock_settlement__held_by_another_process__is_try_again(journal, database_url):
    with connect(database_url) as other:
        with (
            journal.lock_settlement(),
            pytest.raises(RetryLaterError, match="another process settles"),
            PostgresJournal(other).lock_settlement(),
        ):
            pass
        with PostgresJournal(other).lock_settlement():
            pass


def test_load_report__connection_lost__is_try_again(journal, connection, postgres):
    backend = connection.info.backend_pid
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [backend])
    with pytest.raises(RetryLaterError, match="database did not answer"):
        journal.load_report(0)


@pytest.mark.usefixtures("connection")
def test_lock_settlement__pooler_in_transaction_mode__holds(database_url):
    with TransactionPooler(database_url) as pooler, connect(pooler.uri) as one, connect(pooler.uri) as two:
        with (
            PostgresJournal(one).lock_settlement(),
            pytest.raises(RetryLaterError, match="another process settles"),
            PostgresJournal(two).lock_settlement(),
        ):
            pass
        with PostgresJournal(two).lock_settlement():
            pass


def test_store_report__settlement_lock_lost__is_try_again(journal, postgres):
    with journal.lock_settlement():
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [journal._lock.info.backend_pid])
        with pytest.raises(RetryLaterError, match="database did not answer"):
            journal.store_report(report(0))
    assert journal.last_epoch() is None
