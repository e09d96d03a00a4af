"""The journal a flow needs: reports and intents to send, durable and atomic."""

from contextlib import AbstractContextManager
from typing import Protocol

from indexer.words.quantities import Address, BlockNumber, Epoch
from settlement.words.intents import Attempt, Intent, IntentState
from settlement.words.records import StoredReport, TransactionReceipt


class ReportJournal(Protocol):
    """Settled epochs. All methods raise RetryLaterError when the database is out of reach."""

    def lock_settlement(self) -> AbstractContextManager[None]:
        """Hold the right to settle and publish; RetryLaterError if another process holds it."""

    def load_report(self, epoch: Epoch) -> StoredReport | None:
        """Return the stored report of an epoch, None if it is not settled."""

    def last_epoch(self) -> Epoch | None:
        """Return the newest settled epoch, None before the first."""

    def missing_epochs(self, first: Epoch) -> list[Epoch]:
        """Return the epochs from `first` to the newest settled one whose report is gone, ascending."""

    def store_report(self, report: StoredReport, stakes_sha256: bytes | None = None) -> None:
        """Store the report of an epoch that has none yet, and the sha256 of the stakes that are kept with it."""

    def load_stakes_digest(self, epoch: Epoch) -> bytes | None:
        """Return the sha256 of the stakes that were kept with a settled epoch, None for none."""

    def forget_from(self, epoch: Epoch) -> int:
        """Delete the reports of `epoch` and later; return how many."""

    def forget(self, epoch: Epoch) -> int:
        """Delete the report of one epoch; return 1, 0 where there was none."""

    def last_transaction_block(self) -> BlockNumber | None:
        """Return the newest block that holds a transaction of ours, None without one."""


class TransactionJournal(Protocol):
    """What was signed by us, stored before it is sent, and what became of it."""

    def open_intent(self, purpose: str, subject: str, sender: Address, nonce: int, attempt: Attempt) -> Intent:
        """Store an intent with its first transaction, which is about to be sent."""

    def add_attempt(self, intent: Intent, attempt: Attempt) -> None:
        """Store a further transaction of an intent, which is about to be sent."""

    def list_open(self, sender: Address) -> list[Intent]:
        """Return the intents of `sender` whose fate is not known, by nonce."""

    def list_passing(self, sender: Address) -> list[Intent]:
        """Return the intents of `sender` whose fate a block says that was not final yet, by nonce."""

    def load_intent(self, number: int) -> Intent | None:
        """Return one intent, None where there is none of that number."""

    def reopen_from(self, sender: Address, nonce: int) -> None:
        """Forget the fate of intents whose nonce is `nonce` or later: the chain has not used it.

        Their blocks were reorganised away, or the node lags; both are resolved like any other.
        """

    def close_intent(self, intent: Intent, state: IntentState, receipt: TransactionReceipt | None) -> None:
        """Record what became of an intent, by the receipt of the transaction that was mined; None: it is not ours."""

    def mark_final(self, intent: Intent) -> None:
        """Record that the block that decided an intent is final."""
