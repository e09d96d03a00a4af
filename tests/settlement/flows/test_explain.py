"""What an account is told, on a made-up chain in a real lake where every reason for nothing occurs."""

from contextlib import contextmanager
from hashlib import sha256

import psycopg
import pytest

from indexer.adapters.postgres.database import apply_migrations
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.quantities import Epoch
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.adapters.store.journal import PostgresJournal
from settlement.adapters.store.opening_file import OpeningFile
from settlement.entry.documents.amounts import ShownAmounts
from settlement.entry.documents.explanation import explanation_document
from settlement.entry.views.story import amount_line, evidence_lines, headline
from settlement.flows.explain import explain_account
from settlement.flows.settle import Settler
from settlement.rules.columns.units import TokenUnits, place_point
from settlement.rules.epoch.report import Network
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.rules.facts.epochs import EpochClock
from tests.conftest import create_database
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, address, block_hash

pytestmark = pytest.mark.database
APP, STOPPED, TOKEN, BONUS = address(1), address(2), address(9), address(7)
MINER, USER, IDLE, ASIDE, STAKER = (address(n) for n in (11, 12, 13, 14, 15))
PROOF = {"app": APP, "miner": MINER, "user": USER, "scheme": 0, "gates": 50}


def stake(chain, account, delta, effective, app=APP, role=0):
    chain.emit("stake_changed", app=app, account=account, role=role, delta=delta, effective_epoch=effective)


def ignore_last_proof(chain):
    log = chain.events["proof_verified"][-1]
    named = {"decided_block_hash": block_hash(log["block_number"]), "decided_log_index": log["log_index"]}
    chain.emit("quarantine_decided", decision=0, **named)


def told_chain(chain=None, until=GENESIS + 3 * LENGTH):
    """Return two epochs: in 0 no stake counts yet; in 1 one miner and one user are paid, the others are not."""
    chain = chain or MadeUpChain().mine()
    chain.emit("weights_set", from_epoch=0, a=2500, b=7500, c=5000, d=5000, usage_unit=7)
    chain.emit("scheme_weight_set", from_epoch=0, scheme=0, alpha_milli=1000)
    chain.emit("emission_set", from_epoch=0, amount=10**24)
    chain.emit("app_approved", app=APP, from_epoch=0, scheme=0, gates=40)
    chain.emit("app_approved", app=STOPPED, from_epoch=0, scheme=0, gates=40)
    chain.emit("app_stopped", app=STOPPED, from_epoch=1)
    stake(chain, MINER, 5, 1)
    stake(chain, USER, 7, 1, role=1)
    stake(chain, IDLE, 3, 1)
    stake(chain, STAKER, 3, 1, app=STOPPED)
    chain.emit("proof_verified", **PROOF, epoch=0)
    chain.mine_until(GENESIS + LENGTH)
    chain.emit("proof_verified", **PROOF, epoch=1)
    for miner in (MINER, ASIDE):
        chain.emit("proof_verified", **PROOF | {"miner": miner}, epoch=9)
        ignore_last_proof(chain)
    chain.emit("correction_added", epoch=1, account=IDLE, token=TOKEN, amount=5)
    return chain.mine_until(until)


def governed_chain(opening):
    """Return three epochs under `paper-v2`: opening balances, a bonus with two depositors, then one that is voided."""
    chain, bonus = MadeUpChain().mine(), {"token": BONUS, "from_account": IDLE}
    chain.emit("ruleset_set", ruleset=b"paper-v2".ljust(32, b"\0"), residual=0, from_epoch=0)
    chain.emit("opening_added", token=TOKEN, amount=77, sha256=sha256(opening).digest())
    chain.emit("bonus_deposited", app=APP, epoch=1, amount=1000, **bonus)
    chain.emit("bonus_deposited", app=STOPPED, epoch=2, amount=40, **bonus)
    chain = told_chain(chain, until=GENESIS + 2 * LENGTH)
    chain.emit("epoch_voided", epoch=2)
    chain.emit("proof_verified", **PROOF, epoch=2)
    chain.emit("correction_added", epoch=2, account=MINER, token=TOKEN, amount=6)
    return chain.mine_until(GENESIS + 4 * LENGTH)


@contextmanager
def telling(lake_url, folder, chain, last, opening=None):
    """Settle a chain up to an epoch and give a function that tells an account's story of an epoch."""
    with open_lake(lake_url, folder, REFERENCE) as lake, psycopg.connect(lake_url, autocommit=True) as connection:
        chain.store(lake)
        apply_migrations(connection, "journal")
        facts = LakeFacts(lake, EpochClock(GENESIS, LENGTH, 0))
        network, choice = Network(31337, address(8), TOKEN, GENESIS, LENGTH, 0), RulesetChoice("paper-v1", "rollover")
        settler = Settler(
            network, choice, facts, PostgresJournal(connection), FolderArtifacts(folder), OpeningFile(opening)
        )
        assert len(list(settler.settle_up_to(Epoch(last)))) == last + 1
        yield lambda account, epoch: explain_account(settler, account, Epoch(epoch))


@pytest.fixture(scope="module")
def told(postgres, lake_template, tmp_path_factory):
    """Return a function that tells an account's story of an epoch; nothing is changed by telling."""
    lake_url = create_database(postgres, lake_template)
    with telling(lake_url, tmp_path_factory.mktemp("told"), told_chain(), 1) as tell:
        yield tell


@pytest.fixture(scope="module")
def governed(postgres, lake_template, tmp_path_factory):
    """Return the same on the chain of `governed_chain`."""
    lake_url, folder = create_database(postgres, lake_template), tmp_path_factory.mktemp("governed")
    opening = folder / "opening"
    opening.write_bytes(TOKEN + IDLE + (77).to_bytes(32, "big"))
    with telling(lake_url, folder, governed_chain(opening.read_bytes()), 2, opening) as tell:
        yield tell


def test_explain_account__under_paper_v2__names_its_denominators_and_adds_up(governed):
    emission, bonus = governed(MINER, 1).explanation.rows
    totals = {factor.name: (factor.denominator, factor.of) for factor in (*emission.factors, *bonus.factors)}
    assert totals["user stake of the app"] == (7, "user stake of active apps")
    assert totals["own stake"] == totals["own stake among the role's"] == (5 + 3, "stake of all the app's miners")
    assert bonus.token == BONUS


def test_explain_account__a_depositor__is_told_what_came_back(governed):
    (row,) = governed(IDLE, 1).explanation.rows
    assert (row.role_name, row.token, row.factors) == ("returned", BONUS, ())
    assert amount_line(row, ShownAmounts(TOKEN)).endswith(f"{row.amount} wei (bonus deposits returned)")
    in_units = ShownAmounts(TOKEN, {BONUS: TokenUnits("USDX", 1)})
    assert amount_line(row, in_units).endswith(f"{place_point(row.amount, 1)} USDX (bonus deposits returned)")
    assert 0 < row.amount < 1000


def test_explain_account__an_opening_balance__is_told_in_the_first_epoch_alone(governed):
    first, second = governed(IDLE, 0), governed(IDLE, 1)
    assert [row.amount for row in first.opening] == [77]
    assert explanation_document(first, full=False)["opening"] == [{"token": "0x" + TOKEN.hex(), "amount": "77"}]
    assert second.opening == ()


def test_explain_account__a_voided_epoch__pays_corrections_and_deposits_back_and_says_so(governed):
    miner, depositor = governed(MINER, 2), governed(IDLE, 2)
    assert "governance voided the epoch" in headline(miner)
    assert (miner.explanation.rows, miner.nothing, [row.amount for row in miner.corrections]) == ((), (), [6])
    assert [(row.app, row.role_name, row.amount) for row in depositor.explanation.rows] == [(STOPPED, "returned", 40)]
    assert explanation_document(miner, full=False)["voided"]


def reasons_of(story):
    return {(entry.facts.app, entry.facts.role): [reason.code for reason in entry.reasons] for entry in story.nothing}


def test_explain_account__stake_made_this_epoch__is_told_from_when_it_counts(told):
    story = told(MINER, 0)
    assert reasons_of(story) == {(APP, 0): ["no-stake", "zero-factor"]}
    own, app = story.nothing[0].reasons
    assert own.text.endswith("; 5 wei take effect in epoch 1")
    assert app.text == "the factor 'user stake of the app' is 0: no user's stake in the app is effective"
    (row,) = story.explanation.rows
    assert row.zero_factors == ("user stake of the app", "own stake")


def test_explain_account__a_proof_in_quarantine__is_shown_whether_the_account_is_paid_or_not(told):
    paid, unpaid = told(MINER, 1), told(ASIDE, 1)
    assert paid.explanation.emission > 0
    assert reasons_of(paid) == {}
    assert any("in quarantine" in line for line in evidence_lines(paid.facts, APP, 0, ShownAmounts(TOKEN), full=False))
    assert explanation_document(paid, full=False)["amounts"][0]["quarantined"] == 1
    assert reasons_of(unpaid) == {(APP, 0): ["quarantined", "no-proof", "no-stake"]}


def test_explain_account__stake_without_a_proof__is_told_so_and_gets_its_correction(told):
    story = told(IDLE, 1)
    assert reasons_of(story) == {(APP, 0): ["no-proof"]}
    assert [row.amount for row in story.corrections] == [5]
    assert [(entry.before, entry.after) for entry in story.entitlements] == [(0, 5)]


def test_explain_account__app_stopped__is_told_that_it_is_not_approved(told):
    assert reasons_of(told(STAKER, 1)) == {(STOPPED, 0): ["not-approved", "no-proof"]}


def test_explain_account__a_stranger__has_no_roles(told):
    story = told(address(99), 1)
    assert (story.facts.roles, story.explanation.rows, story.entitlements) == ((), (), ())
