"""The journal a flow needs: reports and sent transactions, durable and atomic."""

from contextlib import AbstractContextManager
from typing import Protocol

from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32
from settlement.words.records import SignedTransaction, StoredReport, TransactionReceipt


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

    def store_report(self, report: StoredReport) -> None:
        """Store the report of an epoch that has none yet."""

    def forget_from(self, epoch: Epoch) -> int:
        """Delete the reports of `epoch` and later; return how many."""

    def last_transaction_block(self) -> BlockNumber | None:
        """Return the newest block that holds a transaction of ours, None without one."""


class TransactionJournal(Protocol):
    """Transactions signed by us: stored before they are sent."""

    def store_signed(self, transaction: SignedTransaction) -> None:
        """Store a transaction that is about to be sent."""

    def list_unresolved(self, sender: Address) -> list[SignedTransaction]:
        """Return the transactions of `sender` whose fate is not known, by nonce."""

    def reopen_from(self, sender: Address, nonce: int) -> None:
        """Forget the fate of transactions in blocks whose nonce is `nonce` or later: the chain has not used it.

        Their blocks were reorganised away, or the node lags; both are resolved like any other.
        """

    def mark_mined(self, transaction: Hash32, receipt: TransactionReceipt) -> None:
        """Record that a transaction is in a block, succeeded or reverted."""

    def mark_replaced(self, transaction: Hash32) -> None:
        """Record that another transaction used the nonce."""
