"""The sender against a chain whose pool loses, lags and outprices what it is given: see `played_mempool`."""

import os
import random
from collections import Counter

import pytest

from indexer.words.errors import InputError, OutcomeUnknownError, RetryLaterError, UnsoundError
from settlement.flows.sending.fate import find_fate
from settlement.flows.sending.send import Sender
from settlement.words.errors import CannotPayError
from settlement.words.intents import Attempt, Fees
from tests.support.played_mempool import (
    BLOCK_SECONDS,
    FINAL_DEPTH,
    GWEI,
    ME,
    Faults,
    Killed,
    PlayedJournal,
    PlayedMempool,
    PlayedWallet,
)

STUCK_SECONDS = 300.0


def sender_of(chain, journal, wallet=None, **options):
    options = {"fee_cap_wei": 500 * GWEI} | options
    return Sender(wallet or PlayedWallet(chain), journal, lambda: chain.now, chain.sleep, **options)


@pytest.fixture
def chain():
    return PlayedMempool()


@pytest.fixture
def journal():
    return PlayedJournal()


def test_send__mined__is_recorded_with_its_block(chain, journal):
    assert sender_of(chain, journal).send("vote", "1", b"1").succeeded
    assert journal.states() == ["mined"]
    assert chain.executed("1") == 1


def test_send__stored_and_the_process_killed_before_it_was_sent__is_sent_as_it_was_signed(chain, journal):
    wallet = PlayedWallet(chain)
    wallet.send_raw = lambda _: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        sender_of(chain, journal, wallet).send("vote", "1", b"1")
    again = PlayedWallet(chain)
    sender_of(chain, journal, again).resolve_pending()
    assert (journal.states(), again.signed) == (["mined"], 0)


def test_send__dropped_by_the_node__is_offered_again_and_mined(chain, journal):
    chain.mines = False
    with pytest.raises(OutcomeUnknownError):
        sender_of(chain, journal, patience_seconds=20).send("vote", "1", b"1")
    chain.drop()
    chain.mines = True
    sender_of(chain, journal).resolve_pending()
    assert chain.executed("1") == 1


def test_send__base_fee_leaps_above_the_offer__a_higher_one_replaces_it_at_the_same_nonce(chain, journal):
    chain.mines = False
    with pytest.raises(OutcomeUnknownError):
        sender_of(chain, journal, patience_seconds=20).send("vote", "1", b"1")
    chain.mines, chain.base_fee, chain.spike_left = True, 300 * GWEI, 30
    started = chain.now
    sender_of(chain, journal).resolve_pending()
    assert chain.executed("1") == 1
    assert chain.now - started < STUCK_SECONDS
    (intent,) = journal.rows.values()
    assert len(intent.attempts) > 1


def test_send__in_no_block_for_long__is_outcome_unknown_and_names_the_line_that_settles_it(chain, journal):
    chain.mines = False
    with pytest.raises(OutcomeUnknownError, match="`pozk tx replace 1` offers more for it, `pozk tx cancel 1`"):
        sender_of(chain, journal).send("vote", "1", b"1")
    with pytest.raises(OutcomeUnknownError, match="vote 1 was sent"):
        sender_of(chain, journal).send("vote", "2", b"2")
    assert len(journal.rows) == 1


def test_send__node_silent_after_it_was_stored__is_outcome_unknown(chain, journal):
    wallet = PlayedWallet(chain)
    wallet.fetch_receipt = lambda _: (_ for _ in ()).throw(RetryLaterError("no node answers"))
    with pytest.raises(OutcomeUnknownError, match="no node answers"):
        sender_of(chain, journal, wallet).send("vote", "1", b"1")


def test_send__nonce_final_and_used_by_another__is_replaced_and_the_next_may_be_signed(chain, journal):
    stolen = Attempt(b"\x99" * 32, b'{"to": "00", "subject": "9", "gas": 1}', Fees(1, 1), 0.0)
    journal.open_intent("vote", "9", ME, 0, stolen)
    chain.blocks[0][b"other"] = {"subject": "0", "good": True, "nonce": 0, "to": "03"}
    chain.sleep(12 * 20)
    assert sender_of(chain, journal).send("vote", "1", b"1").succeeded
    assert journal.states() == ["replaced", "mined"]


def test_send__reverted__stops(chain, journal):
    wallet = PlayedWallet(chain)
    wallet.estimate_gas = lambda *_: 50_000
    chain.refuses = True
    with pytest.raises(UnsoundError, match="got reverted"):
        sender_of(chain, journal, wallet).send("vote", "1", b"1")
    assert journal.states() == ["reverted"]


def test_send__refused_by_the_contract_while_it_lay__its_nonce_is_used_up_with_nothing(chain, journal):
    chain.mines = False
    with pytest.raises(OutcomeUnknownError):
        sender_of(chain, journal, patience_seconds=20).send("vote", "1", b"1")
    chain.drop()
    chain.base_fee, chain.mines, chain.refuses, chain.spike_left = 200 * GWEI, True, True, 20
    sender_of(chain, journal).resolve_pending()
    assert journal.states() == ["cancelled"]


def test_send__block_reorganised_away_after_it_was_recorded__is_there_again_and_not_doubled(chain, journal):
    sender = sender_of(chain, journal)
    sender.send("vote", "1", b"1")
    chain.reorganise(2, keeps=False)
    assert chain.executed("1") == 0
    assert sender.send("vote", "1", b"1").succeeded
    assert (chain.executed("1"), journal.states()) == (1, ["mined"])


def test_resolve_pending__another_block_holds_it_after_a_reorganisation__the_block_is_that_one(chain, journal):
    sender = sender_of(chain, journal)
    first = sender.send("vote", "1", b"1").block_number
    chain.reorganise(3)
    chain.sleep(12)
    sender.resolve_pending()
    assert journal.rows[1].block_number != first
    assert chain.executed("1") == 1


def test_resolve_pending__a_nonce_that_nobody_uses__is_filled_and_what_waits_behind_it_is_mined(chain, journal):
    wallet = PlayedWallet(chain)
    fees = Fees(50 * GWEI, GWEI)
    signed, raw = wallet.sign(wallet.read_call(Attempt(b"", call("1"), fees, 0.0)), 2, fees)
    journal.open_intent("vote", "1", ME, 2, Attempt(signed, raw, fees, 0.0))
    sender_of(chain, journal, wallet).resolve_pending()
    assert [(row.purpose, row.nonce, row.state.value) for row in journal.rows.values()] == [
        ("vote", 2, "mined"),
        ("fill", 0, "mined"),
        ("fill", 1, "mined"),
    ]
    assert chain.executed("1") == 1


def call(subject):
    return b'{"to": "' + (b"02" * 20) + b'", "subject": "' + subject.encode() + b'", "gas": 50000}'


def test_send__base_fee_above_the_cap__nothing_is_sent(chain, journal):
    with pytest.raises(RetryLaterError, match="more than the cap"):
        sender_of(chain, journal, fee_cap_wei=GWEI).send("vote", "1", b"1")
    assert journal.rows == {}


def test_send__account_is_empty__says_so_at_once(chain, journal):
    chain.balance = 0
    with pytest.raises(CannotPayError):
        sender_of(chain, journal).send("vote", "1", b"1")
    assert chain.now == 0
    chain.balance = 10**30
    sender_of(chain, journal).resolve_pending()
    assert chain.executed("1") == 1


def test_send__another_transaction_at_the_nonce_pays_more__is_replaced(chain, journal):
    chain.pool[0] = (b"foreign", {"most": 300 * GWEI, "nonce": 0, "subject": "0", "good": False, "to": "03"})
    sender_of(chain, journal).send("vote", "1", b"1")
    assert chain.executed("1") == 1


def test_send__dry_run__is_planned_and_nothing_is_signed(chain, journal):
    wallet = PlayedWallet(chain)
    sender = sender_of(chain, journal, wallet, is_dry=True)
    assert sender.send("vote", "1", b"1") is None
    assert [(call.purpose, call.gas) for call in sender.planned] == [("vote", 50_000)]
    assert (wallet.signed, journal.rows) == (0, {})


def test_replace__it_lies_below_the_base_fee__is_mined_now(chain, journal):
    chain.mines = False
    with pytest.raises(OutcomeUnknownError):
        sender_of(chain, journal).send("vote", "1", b"1")
    chain.mines = True
    _, fate = sender_of(chain, journal).replace(1, is_cancel=False)
    assert (fate.state.value, chain.executed("1")) == ("mined", 1)


def test_replace__cancel__uses_the_nonce_up_with_nothing(chain, journal):
    chain.mines = False
    with pytest.raises(OutcomeUnknownError):
        sender_of(chain, journal).send("vote", "1", b"1")
    chain.mines = True
    _, fate = sender_of(chain, journal).replace(1, is_cancel=True)
    assert (fate.state.value, chain.executed("1"), chain.nonce()) == ("cancelled", 0, 1)


def test_replace__mined_long_ago__is_told_and_nothing_is_signed(chain, journal):
    sender_of(chain, journal).send("vote", "1", b"1")
    wallet = PlayedWallet(chain)
    intent, fate = sender_of(chain, journal, wallet).replace(1, is_cancel=True)
    assert (intent.state.value, fate.state.value, wallet.signed) == ("mined", "mined", 0)


def test_find_fate__another_instance_signed_what_was_mined__is_not_foreign(chain, journal):
    chain.mines = False
    with pytest.raises(OutcomeUnknownError):
        sender_of(chain, journal, patience_seconds=20).send("vote", "1", b"1")
    stale = journal.rows[1]
    chain.drop()
    chain.mines = True
    sender_of(chain, journal).replace(1, is_cancel=False)
    chain.sleep(BLOCK_SECONDS * (FINAL_DEPTH + 2))
    assert find_fate(stale, PlayedWallet(chain), journal).state.value == "mined"
    assert journal.states() == ["mined"]


def test_replace__no_such_number__is_input_error(chain, journal):
    with pytest.raises(InputError, match="no transaction has the number 7"):
        sender_of(chain, journal).replace(7, is_cancel=False)


def test_send__another_instance_takes_over_in_the_middle__is_on_chain_once(chain, journal):
    slow = PlayedWallet(chain)
    send_raw = slow.send_raw

    def overtaken(raw):
        slow.send_raw = send_raw
        sender_of(chain, journal).resolve_pending()
        sender_of(chain, journal).send("vote", "2", b"2")
        send_raw(raw)

    slow.send_raw = overtaken
    sender_of(chain, journal, slow).send("vote", "1", b"1")
    assert [chain.executed(subject) for subject in ("1", "2")] == [1, 1]


SEEDS = int(os.environ.get("TX_SEEDS", "40"))
FIRST = int(os.environ.get("SEED", "0"))
TOLD = Counter()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_send__seeded_faults__none_is_doubled_and_none_is_stuck(seed):
    rng = random.Random(seed)
    faults = Faults(lost=0.03, killed=0.01, dropped=0.1, reorganised=0.05, spike=0.1)
    chain, journal = PlayedMempool(rng=rng, faults=faults), PlayedJournal()
    longest = max(drive(chain, journal, str(subject)) for subject in range(6))
    chain.faults = Faults()
    sender_of(chain, journal).resolve_pending()
    assert [chain.executed(str(subject)) for subject in range(6)] == [1] * 6
    assert {row.state.value for row in journal.rows.values()} <= {"mined", "cancelled"}
    assert longest <= STUCK_SECONDS
    TOLD.update(chain.counts)
    TOLD["longest wait, s"] = max(TOLD["longest wait, s"], int(longest))


def drive(chain, journal, subject):
    """Send until it is on chain, as a service that starts again after each failure; return how long that took."""
    started = chain.now
    while True:
        try:
            sender = sender_of(chain, journal)
            sender.resolve_pending()
            if not chain.executed(subject):
                sender.send("vote", subject, subject.encode())
            return chain.now - started
        except (Killed, RetryLaterError, OutcomeUnknownError):
            chain.sleep(1.0)


def test_seeds__all__are_told():
    print(f"\n{SEEDS} seeded runs of 6 transactions: {dict(sorted(TOLD.items()))}")
