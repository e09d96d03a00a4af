import re
from pathlib import Path

import pytest
from eth_utils import keccak

from indexer.rules.events.catalog import (
    BY_NAME,
    BY_TABLE,
    BY_TOPIC,
    EVENTS,
    FIRST_KINDS,
    FURTHER,
    KINDS,
    ROLES,
    parse_signature,
    to_snake_case,
)

PLACE = ["block_number", "log_index", "tx_index", "tx_hash", "address"]


def test_events__all__distinct_topics_and_known_roles():
    assert len({event.topic0 for event in EVENTS}) == len(EVENTS)
    assert {BY_NAME[name] for name in FIRST_KINDS} <= set(EVENTS)
    assert {event.role for event in EVENTS} == set(ROLES)


def test_events__topic0__is_keccak_of_the_canonical_signature():
    assert BY_NAME["TaskCancelled"].topic0 == keccak(text="TaskCancelled(uint256)")
    assert BY_NAME["StakeChanged"].topic0 == keccak(text="StakeChanged(address,address,uint8,int256,uint64)")


def test_events__columns__are_those_of_the_lake_tables(lake):
    for kind in KINDS:
        columns = lake.query(f'SELECT * FROM lake."{kind.table}" LIMIT 0').column_names
        assert columns == PLACE + [argument.column for argument in kind.arguments]


def test_further__kinds__are_distinct_from_those_that_count():
    assert not {kind.topic0 for kind in FURTHER} & {event.topic0 for event in EVENTS}
    assert len(BY_TOPIC) == len(BY_TABLE) == len(KINDS) == len(EVENTS) + len(FURTHER)


def test_further__signatures__are_those_of_the_contracts():
    sources = " ".join(path.read_text() for path in Path("deploy/contracts/src").rglob("*.sol"))
    emitted = {parse_signature(text).topic0 for text in declared_events(sources)}
    assert {kind.topic0 for kind in FURTHER} <= emitted


def declared_events(sources):
    """Return the events of Solidity sources, enumerations as the uint8 that they are."""
    for text in re.findall(r"event (\w+\([^;]*\));", sources):
        plain = re.sub(r"\b(Ruling|Skipped)\b", "uint8", text)
        if "[]" not in plain:
            yield plain


def test_parse_signature__uint_without_size__is_uint256():
    event = parse_signature("Moved(uint indexed taskId, uint from)")
    assert event.topic0 == keccak(text="Moved(uint256,uint256)")
    assert [argument.column for argument in event.arguments] == ["task_id", "from_account"]
    assert [argument.is_amount for argument in event.arguments] == [False, True]


@pytest.mark.parametrize("text", ["", "Broken(", "A(address[] x)", "A(address)", "A(uint8 indexed a b)"])
def test_parse_signature__not_of_the_form__refused(text):
    with pytest.raises(ValueError, match="expected"):
        parse_signature(text)


def test_parse_signature__four_indexed__refused():
    with pytest.raises(ValueError, match="at most 3"):
        parse_signature("A(bool indexed a, bool indexed b, bool indexed c, bool indexed d)")


@pytest.mark.parametrize(("name", "snake"), [("taskId", "task_id"), ("usageUnit", "usage_unit"), ("a", "a")])
def test_to_snake_case__camel_case__snake_case(name, snake):
    assert to_snake_case(name) == snake
