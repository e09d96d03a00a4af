"""Altered journals, by seed: nothing but our own reports is voted, and what the errors say to do mends all of it."""

import random
import re
import shutil
from contextlib import suppress
from types import SimpleNamespace

import psycopg
import pytest

from deploy.faults.vandal import ALTERATIONS, alter_journal, flip_bit
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import PozkError
from indexer.words.quantities import Epoch
from settlement.adapters.store.journal import PostgresJournal
from settlement.flows.before_vote import verify_stored
from settlement.flows.publish import Publisher
from settlement.words.errors import EpochUnfinishedError
from settlement.words.records import RootOnChain
from tests.conftest import create_database, database_name, drop_database
from tests.settlement.flows.oracles import finish, open_oracle, working_chain
from tests.simulation.seeds import SEEDS
from tests.simulation.tally import TALLY

pytestmark = pytest.mark.database
EPOCHS = 5
MEMBER = b"\x01" * 20


class Committee:
    """A committee of one, played: it executes what it is given, and holds the first `executed` of our reports."""

    def __init__(self, reports, executed):
        self.held = dict(enumerate(reports[:executed]))

    def first_epoch(self):
        return Epoch(0)

    def next_epoch(self):
        return Epoch(len(self.held))

    def voter_of(self, account):
        return account

    def latest_active(self):
        return (Epoch(self.next_epoch() - 1), b"") if self.held else None

    def root_at(self, epoch):
        root, report_hash = self.held[epoch]
        return RootOnChain("active", root, report_hash, 0)

    def vote_of(self, epoch, _):
        return self.held[epoch][1] if epoch in self.held else None

    def encode_vote(self, epoch, root, _totals, report_hash):
        return epoch, root, report_hash

    def send(self, _purpose, _subject, data):
        epoch, root, report_hash = data
        self.held[epoch] = (root, report_hash)
        return "receipt"


@pytest.fixture(scope="module")
def base(postgres, lake_template, tmp_path_factory):
    """The database's name and folder of an oracle that has settled five epochs, and its reports."""
    folder, url = tmp_path_factory.mktemp("journal"), create_database(postgres, lake_template)
    with open_lake(url, folder, REFERENCE) as lake:
        finish(working_chain(EPOCHS), EPOCHS).store(lake)
    with open_oracle(url, folder) as settler:
        list(settler.settle_all())
        reports = [settler.journal.load_report(Epoch(epoch)) for epoch in range(EPOCHS)]
    return database_name(url), folder, reports


@pytest.fixture
def copied(base, postgres, tmp_path):
    """The URI and folder of a copy of that oracle, and the reports that it should have."""
    database, folder, reports = base
    shutil.copytree(folder, tmp_path / "mine")
    url = create_database(postgres, database)
    yield url, tmp_path / "mine", reports
    drop_database(postgres, url)


@pytest.mark.parametrize("seed", SEEDS)
def test_publish__journal_altered_by_seed__only_our_reports_are_voted_and_the_remedies_mend_it(copied, seed):
    url, folder, ours = copied
    rng = random.Random(seed)
    done = [alter_journal(url, rng) for _ in range(rng.randint(1, 3))]
    if rng.random() < 0.3:
        done.append(f"bit of {flip_bit(folder / 'epochs', rng).name}")
    chain = Committee([(report.root, report.report_hash) for report in ours], executed := rng.randrange(EPOCHS))
    with open_oracle(url, folder) as settler:
        error = settle_and_publish(settler, chain)
        for _ in range(20):
            assert list(chain.held.values()) == [(each.root, each.report_hash) for each in ours[: len(chain.held)]]
            if error is None:
                break
            error = failing(do_as_told, settler, error) or settle_and_publish(settler, chain)
        stored = [settler.journal.load_report(Epoch(epoch)) for epoch in range(EPOCHS)]
    assert stored == ours, f"SEED={seed}: {done}, {executed} executed"
    assert len(chain.held) == EPOCHS
    TALLY.update(("journal", what) for what in done)


def settle_and_publish(settler, chain):
    wallet = SimpleNamespace(address=MEMBER, can_sign=True)
    sender = SimpleNamespace(resolve_pending=lambda: None, send=chain.send, wallet=wallet, is_dry=False)
    publisher = Publisher(chain, sender, settler.journal, settler.artifacts)
    return failing(lambda: [*settler.settle_all(), *publisher.publish(), *verify_all(settler)])


def verify_all(settler):
    for epoch in map(Epoch, range(EPOCHS)):
        yield verify_stored(settler.journal.load_report(epoch), settler.artifacts)


def failing(action, *arguments):
    try:
        action(*arguments)
    except PozkError as error:
        return error
    return None


def do_as_told(settler, error):
    """Settle as the error says: an epoch anew, or one that is stored again."""
    told = re.search(r"settle (--redo )?--epoch (\d+)", error.line())
    assert told, error.line()
    is_anew, epoch = told[1] is not None, Epoch(int(told[2]))
    if is_anew:
        settler.forget_from(epoch)
    with suppress(EpochUnfinishedError):  # of a report that somebody put in
        list(settler.settle_up_to(epoch))


def test_alter_journal__every_alteration__changes_what_is_stored(copied):
    url, _, ours = copied
    rng, seen = random.Random(1), set()
    with psycopg.connect(url, autocommit=True) as connection:
        while seen != set(ALTERATIONS):
            seen.add(alter_journal(url, rng))
            rows = connection.execute(
                "SELECT epoch, report, report_hash, root FROM pozk.reports ORDER BY epoch"
            ).fetchall()
            assert rows != [(each.epoch, each.document, each.report_hash, each.root) for each in ours]
            connection.execute("DELETE FROM pozk.reports")
            for each in ours:
                PostgresJournal(connection).store_report(each)
