"""Intents and their signed transactions in PostgreSQL."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import psycopg
from psycopg.rows import dict_row

from indexer.adapters.postgres.database_errors import translated_database
from indexer.words.quantities import Address, BlockNumber, Hash32
from settlement.adapters.chain.raw_transaction import read_raw
from settlement.words.intents import Attempt, Intent, IntentState
from settlement.words.records import TransactionReceipt
from sql import load_sql

_ALL = {"id": None, "sender": None, "states": None, "is_final": None, "recent": None}
CLOSED = [state.value for state in IntentState if state not in (IntentState.OPEN, IntentState.REPLACED)]


class PostgresIntents:
    """What was signed and what became of it. `ensure_right` raises RetryLaterError where the right to send is lost."""

    def __init__(self, connection: psycopg.Connection[Any], ensure_right: Callable[[], None]) -> None:
        self._connection, self._ensure_right = connection, ensure_right

    def open_intent(self, purpose: str, subject: str, sender: Address, nonce: int, attempt: Attempt) -> Intent:
        """Store an intent with its first transaction, which is about to be sent."""
        self._ensure_right()
        row = {"purpose": purpose, "subject": subject, "sender": sender, "nonce": nonce}
        with translated_database("settlement journal"), self._connection.transaction():
            found = self._connection.execute(_text("open"), row).fetchone()
            number = int(found[0]) if found else 0
            self._add(number, attempt)
        return Intent(number, purpose, subject, sender, nonce, IntentState.OPEN, (attempt,))

    def add_attempt(self, intent: Intent, attempt: Attempt) -> None:
        """Store a further transaction of an intent, which is about to be sent."""
        self._ensure_right()
        with translated_database("settlement journal"):
            self._add(intent.id, attempt)

    def list_open(self, sender: Address) -> list[Intent]:
        """Return the intents of `sender` whose fate is not known, by nonce."""
        return self._list(sender=sender, states=[IntentState.OPEN.value])

    def list_passing(self, sender: Address) -> list[Intent]:
        """Return the intents of `sender` whose fate a block says that was not final yet, by nonce."""
        return self._list(sender=sender, states=CLOSED, is_final=False)

    def list_all(self) -> list[Intent]:
        """Return every intent of every account, by number."""
        return sorted(self._list(), key=lambda intent: intent.id)

    def load_intent(self, number: int) -> Intent | None:
        """Return one intent, None where there is none of that number."""
        return next(iter(self._list(id=number)), None)

    def list_recent(self, seconds: int) -> list[Intent]:
        """Return the open intents of every account, and those that were opened in the last seconds, by number."""
        return sorted(self._list(recent=seconds), key=lambda intent: intent.id)

    def gas_since(self, purpose: str, seconds: int) -> int:
        """Return the gas that intents of a purpose used which were opened in the last seconds."""
        return sum(each.gas_used or 0 for each in self.list_recent(seconds) if each.purpose == purpose)

    def greatest_gas(self, purpose: str) -> int:
        """Return the most gas that an intent of a purpose ever used; 0 before the first."""
        with translated_database("settlement journal"):
            row = self._connection.execute(_text("greatest_gas"), {"purpose": purpose}).fetchone()
        return int(row[0]) if row else 0

    def reopen_from(self, sender: Address, nonce: int) -> None:
        """Forget the fate of intents whose nonce is `nonce` or later: the chain has not used it."""
        self._execute("reopen", {"sender": sender, "nonce": nonce})

    def close_intent(self, intent: Intent, state: IntentState, receipt: TransactionReceipt | None) -> None:
        """Record what became of an intent, by the receipt of the transaction that was mined; None: it is not ours."""
        found = (receipt.block_number, receipt.gas_used) if receipt else (None, None)
        self._execute("close", {"id": intent.id, "state": state, "block_number": found[0], "gas_used": found[1]})

    def mark_final(self, intent: Intent) -> None:
        """Record that the block that decided an intent is final."""
        self._execute("mark_final", {"id": intent.id})

    def _add(self, number: int, attempt: Attempt) -> None:
        row = {"hash": attempt.hash, "raw": attempt.raw, "intent": number, "signed_at": attempt.signed_at}
        row |= {"max_fee_wei": attempt.fees.max_fee_wei, "tip_wei": attempt.fees.tip_wei}
        self._connection.execute(_text("add_attempt"), row | {"is_cancel": attempt.is_cancel})

    def _execute(self, name: str, row: dict[str, Any]) -> None:
        with translated_database("settlement journal"):
            self._connection.execute(_text(name), row)

    def _list(self, **wanted: Any) -> list[Intent]:
        with translated_database("settlement journal"), self._connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(_text("list"), _ALL | wanted).fetchall()
        return [_intent(list(group)) for _, group in groupby(rows, key=lambda row: row["id"])]


def _intent(rows: list[dict[str, Any]]) -> Intent:
    """Return the intent of one or more rows, one for each of its transactions."""
    first = rows[0]
    block = first["block_number"]
    return Intent(
        first["id"],
        first["purpose"],
        first["subject"],
        Address(bytes(first["sender"])),
        first["nonce"],
        IntentState(first["state"]),
        tuple(map(_attempt, rows)),
        None if block is None else BlockNumber(block),
        first["gas_used"],
    )


def _attempt(row: dict[str, Any]) -> Attempt:
    raw = bytes(row["raw"])
    _, fees = read_raw(raw)
    return Attempt(Hash32(bytes(row["hash"])), raw, fees, float(row["signed_at"]), row["is_cancel"])


def _text(name: str) -> bytes:
    return load_sql(f"intents/{name}").encode()
