"""What became of an intent, by the receipts of all transactions signed for it."""

from dataclasses import dataclass

from settlement.ports.distributor import Wallet
from settlement.ports.journal import TransactionJournal
from settlement.words.intents import Attempt, Intent, IntentState
from settlement.words.records import TransactionReceipt


@dataclass(frozen=True, slots=True)
class Fate:
    """How an intent ended, and the receipt of the transaction that was mined; None: the nonce went to another's."""

    state: IntentState
    receipt: TransactionReceipt | None


def find_fate(intent: Intent, wallet: Wallet, journal: TransactionJournal) -> Fate | None:
    """Return and record what became of an open intent; None while nothing has its nonce.

    A receipt counts once the newest state holds it. Another's transaction has the nonce only once that is final.
    """
    found = _find_receipt(intent, wallet)
    if wallet.fetch_nonce() <= intent.nonce:  # the node's state may lag its receipts
        return None
    if found is None:
        is_final = wallet.fetch_final()[1] > intent.nonce
        known = journal.load_intent(intent.id) or intent  # another instance may have signed what was mined
        found = _find_receipt(known, wallet)
        if found is None and not is_final:
            return None
    if found is None:
        journal.close_intent(intent, IntentState.REPLACED, None)
        return Fate(IntentState.REPLACED, None)
    state, receipt = _ended(*found), found[1]
    journal.close_intent(intent, state, receipt)
    return Fate(state, receipt)


def look_again(wallet: Wallet, journal: TransactionJournal) -> None:
    """Read the receipts again of what was decided by a block that was not final: another may hold them now."""
    passing = journal.list_passing(wallet.address)
    if not passing:
        return
    final_block = wallet.fetch_final()[0]
    for intent in passing:
        found = _find_receipt(intent, wallet)
        if found is None:
            continue  # reorganised away: its nonce says so, or a node that lags
        state, receipt = _ended(*found), found[1]
        if (state, receipt.block_number) != (intent.state, intent.block_number):
            journal.close_intent(intent, state, receipt)
        if receipt.block_number <= final_block:
            journal.mark_final(intent)


def _find_receipt(intent: Intent, wallet: Wallet) -> tuple[Attempt, TransactionReceipt] | None:
    """Return the transaction of an intent that is in a block, with its receipt; the newest is asked for first."""
    for attempt in reversed(intent.attempts):
        receipt = wallet.fetch_receipt(attempt.hash)
        if receipt is not None:
            return attempt, receipt
    return None


def _ended(attempt: Attempt, receipt: TransactionReceipt) -> IntentState:
    if attempt.is_cancel:
        return IntentState.CANCELLED
    return IntentState.MINED if receipt.succeeded else IntentState.REVERTED
