"""A third protocol: a module, a folder of SQL and one line in a tuple; nothing else knows it."""

import pytest

from indexer.adapters.nodes.pool import open_chain
from indexer.adapters.store.lake import open_lake
from indexer.flows.runs.ingest import ingest
from indexer.rules.proof.answer_checks import ContractSpan
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.protocols import registry
from indexer.words.finality import Finality
from indexer.words.levels import RECEIPTS
from indexer.words.quantities import ZERO_ADDRESS, Epoch
from settlement.adapters.shadow.shadow_rows import NetworkAddresses, load_network
from settlement.entry.configuration.keys import keys_of
from settlement.flows.shadow import shadow
from settlement.rules.facts.epochs import EpochClock
from tests.indexer.anvil import Anvil
from tests.indexer.rawlogs import encode_log
from tests.settlement.adapters.events import MadeUpChain, address
from tests.tiny.protocol import TINY

pytestmark = pytest.mark.database
EPOCH_BLOCKS = 43_200
APP, MINER, PLAYER, IDLE = (address(number) for number in range(1, 5))
CLOCK = EpochClock(0, 1 << 62, Epoch(0))


@pytest.fixture
def chain():
    running = Anvil()
    yield running
    running.stop()


def test_find_protocol__one_line_more_in_the_tuple__is_known_with_its_keys(monkeypatch):
    monkeypatch.setattr(registry, "PROTOCOLS", (*registry.PROTOCOLS, TINY))
    keys = keys_of(registry.find_protocol("tiny"))
    assert list(keys["contracts"]) == ["game", "token"]
    assert list(keys["epoch"]) == ["first"]


@pytest.mark.chain
def test_ingest__events_of_the_third_protocol__have_tables_of_their_own(chain, database_url, tmp_path):
    contract = chain.deploy()
    values = {"app": APP, "miner": MINER, "player": PLAYER, "times": 5}
    start = chain.height()
    chain.emit(contract, [encode_log(TINY.by_name["Played"], values)])
    settings = IngestSettings(
        TINY, 31337, {"game": (ContractSpan(contract, start),)}, start, 0, 1, finality=Finality(0)
    )
    with open_lake(database_url, tmp_path, TINY) as lake:
        ingest(open_chain([chain.url]), lake, settings)
        row = lake.query("SELECT app, miner, player, times FROM lake.played").to_pylist()[0]
        assert row == {"app": APP, "miner": MINER, "player": PLAYER, "times": 5}


def test_shadow__epochs_of_43200_blocks__each_pays_what_was_played_in_its_blocks(database_url, tmp_path):
    chain = MadeUpChain(blocks=[], protocol=TINY)
    chain.mine().emit("rules_set", pool=1000, miner_percent=60)
    for account, amount in ((MINER, 30), (PLAYER, 10), (IDLE, 60)):
        chain.emit("staked", app=APP, account=account, amount=amount)
    chain.mine(EPOCH_BLOCKS - 1).emit("played", app=APP, miner=MINER, player=PLAYER, times=3)  # the last of epoch 0
    chain.mine().emit("played", app=APP, miner=IDLE, player=PLAYER, times=2)  # the first of epoch 1
    chain.mine(EPOCH_BLOCKS)
    with open_lake(database_url, tmp_path, TINY) as lake:
        chain.store(lake)
        seen = load_network(lake, CLOCK, RECEIPTS, NetworkAddresses(*[ZERO_ADDRESS] * 3), lambda *_: [], "nobody")
    assert [(epoch.epoch, len(epoch.apps)) for epoch in seen.epochs] == [(0, 1), (1, 1), (2, 0)]
    owed = [(each.epoch, each.account, each.amount) for each in shadow(seen).found.owed]
    assert owed == [(1, IDLE, 600), (1, PLAYER, 400)]  # nobody's stake was effective in epoch 0
