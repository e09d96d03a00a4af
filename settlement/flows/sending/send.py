"""Sends one call so that a crash at any moment puts it on chain once at most, and no fee leaves it behind.

An intent with its nonce and the signed transaction is stored before anything is sent. Whoever comes next first sees
through what is open: a signed transaction can be handed to the nodes again without harm, and one that is left lying is
replaced at the same nonce by one that offers more, so that only one of them can be mined. That holds, too, for what
was in a block that was reorganised away.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.faults import NodeFault
from indexer.words.quantities import Address, to_hex
from settlement.flows.sending.fate import Fate, find_fate, look_again
from settlement.flows.sending.pursue import Pursuit
from settlement.ports.distributor import Wallet
from settlement.ports.journal import TransactionJournal
from settlement.rules.sending.fees import first_fees
from settlement.rules.sending.nonces import missing_nonces
from settlement.words.errors import RevertedError
from settlement.words.intents import Attempt, Call, Intent, IntentState, PlannedCall
from settlement.words.records import TransactionReceipt

GAS_MARGIN_PERCENT = 25
PLAIN_GAS = 21_000
"""What a transaction costs that does nothing."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A wallet with its journal. `clock` returns seconds since 1970, `sleep` waits.

    `patience_seconds` bounds one wait, `bump_seconds` is how long an offer lies before a higher one replaces it.
    In a dry run, which is one wherever there is no key, nothing is signed: what would be sent is put on `planned`.
    """

    wallet: Wallet
    journal: TransactionJournal
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    fee_cap_wei: int
    is_dry: bool = False
    patience_seconds: float = 120.0
    bump_seconds: float = 30.0
    planned: list[PlannedCall] = field(default_factory=list)

    def resolve_pending(self) -> None:
        """Learn the fate of every open intent; OutcomeUnknownError while one has none.

        Afterwards the node's newest state holds all of them, so that what is read next counts them in.
        """
        if not self.is_dry:
            look_again(self.wallet, self.journal)
            self._clear()

    def send(self, purpose: str, subject: str, data: bytes) -> TransactionReceipt | None:
        """Store, send and wait; None in a dry run.

        UnsoundError if the chain reverts it, OutcomeUnknownError if it stays silent, RetryLaterError where it would
        cost more than the cap or was withdrawn because the contract would refuse it by now.
        """
        if self.is_dry:
            self.planned.append(self._plan(purpose, subject, data))
            return None
        for intent, fate in self._clear():
            if (intent.purpose, intent.subject) == (purpose, subject) and self._is_of(intent, fate, data):
                return succeeded(intent, fate)  # a reorganisation had taken it away since the caller looked
        gas = self.wallet.estimate_gas(purpose, subject, data)
        call = Call(self.wallet.contract, data, gas + gas * GAS_MARGIN_PERCENT // 100)
        intent = self._open(purpose, subject, call, self.wallet.fetch_nonce())
        return succeeded(intent, self._pursuit(intent).wait())

    def calling(self, contract: Address) -> "Sender":
        """Return a sender of the same account's calls of another contract."""
        return replace(self, wallet=self.wallet.calling(contract))

    def replace(self, number: int, *, is_cancel: bool) -> tuple[Intent, Fate]:
        """Offer more for an open intent, or use its nonce up with nothing, and wait; return it and what became of it.

        InputError for a number that none has, or an intent of another account.
        """
        look_again(self.wallet, self.journal)
        self.journal.reopen_from(self.wallet.address, self.wallet.fetch_nonce())
        intent = self._load(number)
        fate = fate_of(intent) or find_fate(intent, self.wallet, self.journal)
        return intent, fate or self._pursuit(intent).replace(is_cancel=is_cancel)

    def _load(self, number: int) -> Intent:
        intent = self.journal.load_intent(number)
        if intent is None:
            raise InputError(f"no transaction has the number {number}", remedy="`pozk tx` lists them")
        if intent.sender != self.wallet.address:
            raise InputError(
                f"transaction {number} is of another account",
                expected=to_hex(intent.sender),
                got=to_hex(self.wallet.address),
                remedy="use the key of that account",
            )
        return intent

    def _is_of(self, intent: Intent, fate: Fate, data: bytes) -> bool:
        return fate.state is IntentState.MINED and any(
            self.wallet.read_call(attempt).data == data for attempt in intent.attempts
        )

    def _clear(self) -> list[tuple[Intent, Fate]]:
        """See through what is open, from the lowest nonce on, and return it; nonces that nobody uses are used up."""
        used = self.wallet.fetch_nonce()
        self.journal.reopen_from(self.wallet.address, used)
        listed = self.journal.list_open(self.wallet.address)
        for nonce in missing_nonces(used, [intent.nonce for intent in listed]):
            listed.append(self._open("fill", str(nonce), Call(self.wallet.address, b"", PLAIN_GAS), nonce))
        return [(intent, self._see_through(intent)) for intent in sorted(listed, key=lambda each: each.nonce)]

    def _see_through(self, intent: Intent) -> Fate:
        return find_fate(intent, self.wallet, self.journal) or self._pursuit(intent).wait()

    def _open(self, purpose: str, subject: str, call: Call, nonce: int) -> Intent:
        market = self.wallet.fetch_market()
        fees = first_fees(market, self.fee_cap_wei)
        if fees is None:
            raise RetryLaterError(
                f"{purpose} {subject} would cost more than the cap",
                expected=f"at most {self.fee_cap_wei} wei for a unit of gas",
                got=str(market.base_fee_wei or market.tip_wei),
                where="signer.max_fee_gwei",
                remedy="nothing was sent; call again later, or raise it",
            )
        signed, raw = self.wallet.sign(call, nonce, fees)
        attempt = Attempt(signed, raw, fees, self.clock())
        return self.journal.open_intent(purpose, subject, self.wallet.address, nonce, attempt)

    def _plan(self, purpose: str, subject: str, data: bytes) -> PlannedCall:
        gas = None
        try:
            gas = self.wallet.estimate_gas(purpose, subject, data)
        except (RetryLaterError, UnsoundError) as error:
            if self.wallet.can_sign or isinstance(error, NodeFault):
                raise
        return PlannedCall(purpose, subject, self.wallet.contract, data, gas)

    def _pursuit(self, intent: Intent) -> Pursuit:
        return Pursuit(
            intent,
            self.wallet,
            self.journal,
            self.clock,
            self.sleep,
            self.fee_cap_wei,
            self.patience_seconds,
            self.bump_seconds,
        )


def fate_of(intent: Intent) -> Fate | None:
    """Return what the journal says became of an intent, None while it is open."""
    if intent.state is IntentState.OPEN:
        return None
    if intent.block_number is None:
        return Fate(intent.state, None)
    is_good = intent.state is IntentState.MINED
    return Fate(intent.state, TransactionReceipt(is_good, intent.block_number, intent.gas_used or 0))


def succeeded(intent: Intent, fate: Fate) -> TransactionReceipt:
    """Return the receipt of an intent that did what it was for; the errors are those of `send`."""
    if fate.state is IntentState.MINED and fate.receipt is not None:
        return fate.receipt
    what = f"{intent.purpose} {intent.subject}"
    if fate.state is IntentState.CANCELLED:
        raise RetryLaterError(f"{what} was withdrawn: the contract refuses it by now", remedy="call again later")
    kind = UnsoundError if fate.receipt is None else RevertedError
    raise kind(
        f"{what} did not succeed",
        expected="a mined transaction of ours that succeeds",
        got="its nonce used by another" if fate.receipt is None else "reverted",
        where=to_hex(intent.last.hash),
        remedy="look at the transaction, then call again",
    )
