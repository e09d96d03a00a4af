import random

import pytest

from indexer.adapters.nodes.node import HttpNode
from indexer.adapters.nodes.pool import NodePool, open_chain
from indexer.adapters.nodes.transport import Transport
from indexer.flows.runs.ingest import IngestReport, ingest
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import InputError
from tests.indexer.anvil import running_anvil
from tests.indexer.traffic import emit_random, random_event, settings_for

pytestmark = [pytest.mark.chain, pytest.mark.database]


@pytest.fixture(scope="module")
def anvil():
    """An anvil on which nobody else logs."""
    with running_anvil(REFERENCE.contracts) as chain:
        yield chain


@pytest.fixture(scope="module")
def traffic(anvil):
    first = anvil.height() + 1
    return first, emit_random(anvil, seed=1, transactions=25)


def events_of(lake):
    """Return (event name, argument columns) of every stored event in chain order."""
    rows = []
    for event in REFERENCE.kinds:
        table = lake.query(f"SELECT * FROM lake.{event.table}")
        for row in table.to_pylist():
            values = {argument.column: row[argument.column] for argument in event.arguments}
            rows.append(((row["block_number"], row["log_index"]), event.name, values))
    return [(name, values) for _, name, values in sorted(rows, key=lambda row: row[0])]


def expected_of(sent):
    return [
        (event.name, {a.column: expected_value(a, values[a.name]) for a in event.arguments}) for event, values in sent
    ]


def counted(sent):
    return sum(event in REFERENCE.counted for event, _ in sent)


def expected_value(argument, value):
    if argument.abi_type == "string":
        return value.encode()
    return value.to_bytes(32, "big") if argument.name == "taskId" else value


@pytest.mark.parametrize("level", ["receipts", "bloom", "none"])
def test_ingest__every_level__stores_exactly_what_was_emitted(anvil, lake, traffic, level):
    report = ingest(open_chain([anvil.url]), lake, settings_for(anvil, level=level, max_range=7))
    assert report == IngestReport(0, anvil.height(), counted(traffic[1]), 0)
    assert events_of(lake) == expected_of(traffic[1])
    blocks = lake.query("SELECT count(*) AS n, max(number) AS last, sum(our_logs) AS logs FROM lake.blocks").to_pylist()
    assert blocks == [{"n": anvil.height() + 1, "last": anvil.height(), "logs": counted(traffic[1])}]
    levels = lake.query("SELECT DISTINCT level FROM lake.coverage").to_pylist()
    assert levels == [{"level": level}]


def test_ingest__blocks_of_many_transactions__receipts_roots_are_the_nodes_own(private_anvil, lake):
    rng = random.Random(17)
    events = [event for event in REFERENCE.counted if event.emitter == "task_market"]
    private_anvil.contracts = {role: private_anvil.deploy() for role in REFERENCE.contracts}
    sent = []
    for count in (16, 17, 40, 127, 128, 129):
        rows = [random_event(rng, events) for _ in range(count)]
        private_anvil.emit_in_one_block(
            private_anvil.contracts["task_market"], [[(topics, data)] for _, _, topics, data in rows]
        )
        sent += [(event, values) for event, values, _, _ in rows]
    scanning = NodePool([HttpNode(Transport(private_anvil.url), scan_after_bytes=0)])
    report = ingest(scanning, lake, settings_for(private_anvil, level="receipts"))
    assert report.logs == counted(sent)
    assert events_of(lake) == expected_of(sent)


def test_ingest__in_steps__same_tables_as_at_once(anvil, lake, traffic):
    chain = open_chain([anvil.url])
    middle = traffic[0] + 10
    first = ingest(chain, lake, settings_for(anvil), to_block=middle)
    second = ingest(chain, lake, settings_for(anvil))
    assert (first.to_block, second.from_block) == (middle, middle + 1)
    assert first.logs + second.logs == counted(traffic[1])
    assert events_of(lake) == expected_of(traffic[1])
    assert ingest(chain, lake, settings_for(anvil)).logs == 0


def test_ingest__other_settings_than_at_first__refused(anvil, lake):
    chain = open_chain([anvil.url])
    ingest(chain, lake, settings_for(anvil), to_block=3)
    for change in ({"genesis": 5}, {"length_seconds": 60}, {"first": 2}, {"start_block": 1}):
        with pytest.raises(InputError, match="the lake was filled for another"):
            ingest(chain, lake, settings_for(anvil, **change))


def test_ingest__other_chain_id__refused(anvil, lake):
    with pytest.raises(InputError, match="another chain, expected chain_id 1, got 31337"):
        ingest(open_chain([anvil.url]), lake, settings_for(anvil, chain_id=1))


def test_ingest__start_block_above_the_first_log__refused(anvil, lake, traffic):
    with pytest.raises(InputError, match=f"above our first log, expected at most {traffic[0]}, got {traffic[0] + 1}"):
        ingest(open_chain([anvil.url]), lake, settings_for(anvil, start_block=traffic[0] + 1))


def test_ingest__start_block_between_creation_and_first_log__accepted(anvil, lake, traffic):
    report = ingest(open_chain([anvil.url]), lake, settings_for(anvil, start_block=traffic[0]))
    assert report.logs == counted(traffic[1])


def test_ingest__the_chain_has_grown_since__its_final_block_is_final_in_the_lake_at_once(anvil, lake):
    ingest(open_chain([anvil.url]), lake, settings_for(anvil))
    anvil.mine(3)
    ingest(open_chain([anvil.url]), lake, settings_for(anvil))
    assert lake.finalized_head().number == anvil.height()
