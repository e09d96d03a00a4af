import re
from pathlib import Path

from eth_utils import keccak

from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.protocols.signatures import parse_signature

PLACE = ["block_number", "log_index", "tx_index", "tx_hash", "address"]


def test_events__all__distinct_topics_and_known_roles():
    assert len({event.topic0 for event in REFERENCE.counted}) == len(REFERENCE.counted)
    assert {REFERENCE.by_name[name] for name in REFERENCE.first_kinds} <= set(REFERENCE.counted)
    assert {event.emitter for event in REFERENCE.counted} == set(REFERENCE.contracts)


def test_events__topic0__is_keccak_of_the_canonical_signature():
    assert REFERENCE.by_name["TaskCancelled"].topic0 == keccak(text="TaskCancelled(uint256)")
    assert REFERENCE.by_name["StakeChanged"].topic0 == keccak(text="StakeChanged(address,address,uint8,int256,uint64)")


def test_events__columns__are_those_of_the_lake_tables(lake):
    for kind in REFERENCE.kinds:
        columns = lake.query(f'SELECT * FROM lake."{kind.table}" LIMIT 0').column_names
        assert columns == PLACE + [argument.column for argument in kind.arguments]


def test_further__kinds__are_distinct_from_those_that_count():
    assert not {kind.topic0 for kind in REFERENCE.further} & {event.topic0 for event in REFERENCE.counted}
    assert len(REFERENCE.by_topic) == len(REFERENCE.kinds) == len(REFERENCE.counted) + len(REFERENCE.further)


def test_further__signatures__are_those_of_the_contracts():
    sources = " ".join(path.read_text() for path in Path("deploy/contracts/src").rglob("*.sol"))
    emitted = {parse_signature(text).topic0 for text in declared_events(sources)}
    assert {kind.topic0 for kind in REFERENCE.further} <= emitted


def test_unblocking__kinds__are_those_that_the_step_lists():
    listed = re.search(r"event NOT IN \(([^)]*)\)", Path("sql/protocols/reference/suspects.sql").read_text()).group(1)
    assert set(re.findall(r"'(\w+)'", listed)) == REFERENCE.unblocking <= {event.name for event in REFERENCE.counted}


def declared_events(sources):
    """Return the events of Solidity sources, enumerations as the uint8 that they are."""
    for text in re.findall(r"event (\w+\([^;]*\));", sources):
        plain = re.sub(r"\b(Ruling|Skipped)\b", "uint8", text)
        if "[]" not in plain:
            yield plain
