"""Intents in a real PostgreSQL, and what an older version left of them."""

import psycopg
import pytest

from indexer.adapters.postgres.database import apply_migrations, connect
from settlement.adapters.chain.signers import KeySigner
from settlement.adapters.store.journal import PostgresJournal
from settlement.words.intents import Attempt, Fees, IntentState
from settlement.words.records import TransactionReceipt
from sql import load_sql

pytestmark = pytest.mark.database
SIGNER = KeySigner("0x" + "11" * 32)
ANN, BOB = SIGNER.address, bytes([2]) * 20
OLD = ("0001_journal", "0002_leaves_are_artifacts")


@pytest.fixture
def connection(database_url):
    with connect(database_url) as opened:
        yield opened


@pytest.fixture
def intents(connection):
    apply_migrations(connection, "journal")
    return PostgresJournal(connection).intents


def attempt(nonce, most=16, at=1_700_000_000.5, *, is_cancel=False):
    transaction = {"type": 2, "to": BOB, "data": b"\x12", "chainId": 1, "nonce": nonce, "value": 0, "gas": 9}
    signed, raw = SIGNER.sign(transaction | {"maxFeePerGas": most, "maxPriorityFeePerGas": 2})
    return Attempt(signed, raw, Fees(most, 2), at, is_cancel)


def receipt(block, *, succeeded=True):
    return TransactionReceipt(succeeded, block, 21_000)


def test_open_intent__with_a_replacement__both_attempts_are_read_back_in_order(intents):
    opened = intents.open_intent("vote", "1", ANN, 0, attempt(0))
    intents.add_attempt(opened, attempt(0, most=20, at=1_700_000_030.0, is_cancel=True))
    (found,) = intents.list_open(ANN)
    assert [(each.fees, each.is_cancel) for each in found.attempts] == [(Fees(16, 2), False), (Fees(20, 2), True)]
    assert found == intents.load_intent(opened.id)
    assert (found.purpose, found.subject, found.nonce, found.state) == ("vote", "1", 0, IntentState.OPEN)
    assert found.attempts[0].signed_at == 1_700_000_000.5
    assert intents.list_open(BOB) == []
    assert intents.list_recent(60) == [found]


def test_open_intent__another_at_the_same_nonce__is_impossible_until_the_first_is_replaced(intents):
    first = intents.open_intent("vote", "1", ANN, 0, attempt(0))
    with pytest.raises(psycopg.errors.UniqueViolation):
        intents.open_intent("vote", "2", ANN, 0, attempt(0, most=17))
    intents.close_intent(first, IntentState.REPLACED, None)
    intents.open_intent("vote", "2", ANN, 0, attempt(0, most=17))
    assert [each.subject for each in intents.list_open(ANN)] == ["2"]


def test_reopen_from__chain_has_not_used_the_nonce__is_open_again_and_its_block_is_forgotten(intents, connection):
    ends = [(IntentState.MINED, 6), (IntentState.MINED, 7), (IntentState.REVERTED, 8), (IntentState.REPLACED, None)]
    for nonce, (state, block) in enumerate(ends):
        opened = intents.open_intent("vote", str(nonce), ANN, nonce, attempt(nonce))
        intents.close_intent(opened, state, None if block is None else receipt(block))
    intents.reopen_from(ANN, 1)
    assert [each.nonce for each in intents.list_open(ANN)] == [1, 2]
    assert PostgresJournal(connection).last_transaction_block() == 6


def test_mark_final__what_was_decided__is_not_looked_at_again(intents):
    opened = intents.open_intent("vote", "1", ANN, 0, attempt(0))
    intents.close_intent(opened, IntentState.MINED, receipt(6))
    assert [each.block_number for each in intents.list_passing(ANN)] == [6]
    intents.mark_final(opened)
    assert intents.list_passing(ANN) == []
    assert [each.state for each in intents.list_all()] == [IntentState.MINED]
    assert (intents.gas_since("vote", 60), intents.gas_since("claim", 60), intents.greatest_gas("vote")) == (
        21_000,
        0,
        21_000,
    )


def test_apply_migrations__transactions_of_the_version_before__are_intents_with_their_state(connection):
    apply_old(connection)
    signed, mined, gone = attempt(2), attempt(1), attempt(1, most=9)
    for each, nonce, state, block in ((mined, 1, "mined", 7), (gone, 1, "replaced", None), (signed, 2, "signed", None)):
        connection.execute(
            "INSERT INTO pozk.transactions (hash, purpose, subject, sender, nonce, raw, state, block_number, gas_used) "
            "VALUES (%s, 'vote', '5', %s, %s, %s, %s, %s, 21000)",
            [each.hash, ANN, nonce, each.raw, state, block],
        )
    assert apply_migrations(connection, "journal")[0] == "journal/0003_intents"
    intents = PostgresJournal(connection).intents
    assert [(each.nonce, each.last.hash, each.last.fees) for each in intents.list_open(ANN)] == [
        (2, signed.hash, Fees(16, 2))
    ]
    assert sorted((each.state.value, each.block_number) for each in intents.list_all() if each.nonce == 1) == [
        ("mined", 7),
        ("replaced", None),
    ]
    assert intents.open_intent("vote", "6", ANN, 3, attempt(3)).id == 4


def apply_old(connection):
    connection.execute("CREATE SCHEMA pozk")
    connection.execute("CREATE TABLE pozk.migrations (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())")
    for name in OLD:
        connection.execute(load_sql(f"journal/{name}").encode())
        connection.execute("INSERT INTO pozk.migrations (name) VALUES (%s)", [f"journal/{name}"])
