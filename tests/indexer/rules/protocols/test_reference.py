import json
import re

from eth_utils import keccak
from eth_utils.abi import event_abi_to_log_topic

from deploy.artifacts import CONTRACTS_DIR
from indexer.rules.protocols.reference import REFERENCE
from sql import load_sql

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
    abis = [json.loads(path.read_text())["abi"] for path in (CONTRACTS_DIR / "out").glob("*.json")]
    emitted = {event_abi_to_log_topic(entry) for abi in abis for entry in abi if entry["type"] == "event"}
    assert {kind.topic0 for kind in REFERENCE.further} <= emitted


def test_unblocking__kinds__are_those_that_the_step_lists():
    listed = re.search(r"event NOT IN \(([^)]*)\)", load_sql("protocols/reference/suspects")).group(1)
    assert set(re.findall(r"'(\w+)'", listed)) == REFERENCE.unblocking <= {event.name for event in REFERENCE.counted}
