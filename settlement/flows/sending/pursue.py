"""Follows one open intent until a block holds its nonce: offered again where it was dropped, replaced where it lies."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from indexer.words.errors import OutcomeUnknownError, RetryLaterError, UnsoundError
from indexer.words.faults import NodeFault
from indexer.words.quantities import to_hex
from settlement.flows.sending.fate import Fate, find_fate
from settlement.ports.distributor import Wallet
from settlement.ports.journal import TransactionJournal
from settlement.rules.sending.fees import bumped_fees
from settlement.words.errors import CannotPayError, UnderpricedError
from settlement.words.intents import Attempt, Call, Intent

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0
GRACE_SECONDS = 5.0
"""An old offer that was just made again lies at least this long before it is replaced."""
NO_CALL_GAS = 21_000


@dataclass(slots=True)
class Pursuit:
    """One intent and how it is followed; see `Sender`."""

    intent: Intent
    wallet: Wallet
    journal: TransactionJournal
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    fee_cap_wei: int
    patience_seconds: float
    bump_seconds: float
    _offered_at: float | None = None
    _said: str = ""

    def wait(self) -> Fate:
        """Return what becomes of the intent; OutcomeUnknownError where patience ends before."""
        started, pause = self.clock(), FIRST_PAUSE_SECONDS
        try:
            self._offer()
            while self.clock() < started + self.patience_seconds:
                fate = self._look()
                if fate is not None:
                    return fate
                self._press()
                self.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        except CannotPayError:
            raise
        except RetryLaterError as error:
            raise self._unknown(error.line()) from error
        raise self._unknown(self._said or "in no block yet")

    def replace(self, *, is_cancel: bool) -> Fate:
        """Sign a replacement now and wait; RetryLaterError where it would pass the cap."""
        attempt = self._replacement(is_cancel=is_cancel)
        if attempt is None:
            raise RetryLaterError(
                f"a replacement of transaction {self.intent.id} would cost more than the cap",
                expected=f"at most {self.fee_cap_wei} wei for a unit of gas",
                got=f"{self.intent.last.fees.max_fee_wei} wei offered already",
                where="signer.max_fee_gwei",
                remedy="raise it, or give --max-fee-gwei",
            )
        self._take(attempt)
        return self.wait()

    def _look(self) -> Fate | None:
        try:
            return find_fate(self.intent, self.wallet, self.journal)
        except NodeFault as fault:
            self._said = fault.line()
            return None

    def _press(self) -> None:
        """Replace an offer that has been lying for long; make one again that cannot be replaced."""
        now = self.clock()
        if self._offered_at is None:
            self._offer()
        elif now >= self.intent.last.signed_at + self.bump_seconds and now >= self._offered_at + GRACE_SECONDS:
            self._raise_offer()

    def _raise_offer(self) -> None:
        try:
            attempt = self._replacement(is_cancel=self.intent.last.is_cancel)
        except NodeFault as fault:
            self._said = fault.line()
            return
        if attempt is not None:
            self._take(attempt)
        self._offer()

    def _take(self, attempt: Attempt) -> None:
        self.journal.add_attempt(self.intent, attempt)
        self.intent = replace(self.intent, attempts=(*self.intent.attempts, attempt))

    def _offer(self) -> None:
        """Hand the newest transaction to the nodes; whoever wants more than it offers gets more."""
        try:
            while not self._is_taken():
                pass
        except CannotPayError as error:
            if len(self.intent.attempts) == 1:
                raise
            self._offered_at, self._said = self.clock(), error.line()
        except NodeFault as fault:
            self._offered_at, self._said = None, fault.line()

    def _is_taken(self) -> bool:
        """Send the newest transaction; False where the nodes want more and there is one now that offers it."""
        try:
            self.wallet.send_raw(self.intent.last.raw)
            self._said = ""
        except UnderpricedError as error:
            self._said = error.line()
            attempt = self._replacement(is_cancel=self.intent.last.is_cancel)
            if attempt is not None:
                self._take(attempt)
                return False
        self._offered_at = self.clock()
        return True

    def _replacement(self, *, is_cancel: bool) -> Attempt | None:
        """Return a signed transaction that offers more; one that does nothing where the contract would refuse the call.

        None where it would pass the cap.
        """
        fees = bumped_fees(self.intent.last.fees, self.wallet.fetch_market(), self.fee_cap_wei)
        if fees is None:
            return None
        call = self.wallet.read_call(self.intent.last)
        is_cancel = is_cancel or self._is_refused(call)
        if is_cancel:
            call = Call(self.wallet.address, b"", NO_CALL_GAS)
        signed, raw = self.wallet.sign(call, self.intent.nonce, fees)
        return Attempt(signed, raw, fees, self.clock(), is_cancel)

    def _is_refused(self, call: Call) -> bool:
        if call.to != self.wallet.contract:
            return False
        try:
            self.wallet.estimate_gas(self.intent.purpose, self.intent.subject, call.data)
        except NodeFault:
            return False
        except (RetryLaterError, UnsoundError):
            return True
        return False

    def _unknown(self, got: str) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            f"{self.intent.purpose} {self.intent.subject} was sent and its fate is not known",
            expected="a block that holds it",
            got=got,
            where=to_hex(self.intent.last.hash),
            remedy=f"call again: it is looked up and never sent twice; `pozk tx replace {self.intent.id}` offers more "
            f"for it, `pozk tx cancel {self.intent.id}` withdraws it",
        )
