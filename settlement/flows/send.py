"""Sends one call so that a crash at any moment sends it at most once.

The signed transaction is stored before it is sent. Whoever comes next first resolves what is stored: a signed
transaction can be handed to the node again without harm, since its nonce admits it once. That holds, too, for one
whose block was reorganised away after it had been recorded as mined.
"""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.words.errors import OutcomeUnknownError, UnsoundError
from indexer.words.quantities import to_hex
from settlement.ports.distributor import Wallet
from settlement.ports.journal import TransactionJournal
from settlement.words.records import SignedTransaction, TransactionReceipt

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0


@dataclass(frozen=True, slots=True)
class Sender:
    """A wallet with its journal. `clock` returns seconds, `sleep` waits; `patience_seconds` bounds one wait."""

    wallet: Wallet
    journal: TransactionJournal
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    patience_seconds: float = 120.0

    def resolve_pending(self) -> None:
        """Learn the fate of every stored transaction; OutcomeUnknownError while one has none.

        Afterwards the node's newest state holds all of them, so that what is read next counts them in.
        """
        self.journal.reopen_from(self.wallet.address, self.wallet.fetch_nonce())
        for transaction in self.journal.list_unresolved(self.wallet.address):
            if self._settle_fate(transaction) is None:
                self.wallet.send_raw(transaction)
                self._wait(transaction)

    def send(self, purpose: str, subject: str, data: bytes) -> TransactionReceipt:
        """Sign, store, send and wait; UnsoundError if the chain reverts it, OutcomeUnknownError if it stays silent."""
        self.resolve_pending()
        transaction = self.wallet.sign_call(purpose, subject, data)
        self.journal.store_signed(transaction)
        self.wallet.send_raw(transaction)
        receipt = self._wait(transaction)
        if receipt is None or not receipt.succeeded:
            raise UnsoundError(
                f"{purpose} {subject} did not succeed",
                expected="a mined transaction of ours that succeeds",
                got="its nonce used by another" if receipt is None else "reverted",
                where=to_hex(transaction.hash),
                remedy="look at the transaction, then call again",
            )
        return receipt

    def _wait(self, transaction: SignedTransaction) -> TransactionReceipt | None:
        deadline, pause = self.clock() + self.patience_seconds, FIRST_PAUSE_SECONDS
        while self.clock() < deadline:
            fate = self._settle_fate(transaction)
            if fate is not None:
                return fate.receipt
            self.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        raise OutcomeUnknownError(
            f"{transaction.purpose} {transaction.subject} was sent and is in no block yet",
            where=to_hex(transaction.hash),
            remedy="call again: it will be looked up, never signed twice",
        )

    def _settle_fate(self, transaction: SignedTransaction) -> "Fate | None":
        receipt = self.wallet.fetch_receipt(transaction.hash)
        if receipt is None and self.wallet.is_replaced(transaction):
            self.journal.mark_replaced(transaction.hash)
            return Fate(None)
        if receipt is None or self.wallet.fetch_nonce() <= transaction.nonce:  # the node's state may lag its receipts
            return None
        self.journal.mark_mined(transaction.hash, receipt)
        return Fate(receipt)


@dataclass(frozen=True, slots=True)
class Fate:
    """A transaction that can change no more: its receipt, or None if its nonce went to another."""

    receipt: TransactionReceipt | None
