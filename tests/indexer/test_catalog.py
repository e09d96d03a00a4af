import re

import pytest
from eth_utils import keccak

from indexer.rules.catalog import BY_NAME, BY_TOPIC, EVENTS, ROLES, parse_signature, to_snake_case
from sql import load_sql

PLACE = ["block_number", "log_index", "tx_index", "tx_hash", "address"]


def test_events__all__distinct_topics_and_known_roles():
    assert len(BY_TOPIC) == len(EVENTS) == 21
    assert {event.role for event in EVENTS} == set(ROLES)


def test_events__topic0__is_keccak_of_the_canonical_signature():
    assert BY_NAME["TaskCancelled"].topic0 == keccak(text="TaskCancelled(uint256)")
    assert BY_NAME["StakeChanged"].topic0 == keccak(text="StakeChanged(address,address,uint8,int256,uint64)")


def test_events__columns__are_those_of_the_lake_tables():
    tables = dict(re.findall(r"EXISTS lake\.(\w+) \(\n(.*?)\n\);", load_sql("lake/0001_tables"), re.DOTALL))
    for event in EVENTS:
        columns = [line.split()[0] for line in tables[event.table].splitlines()]
        assert columns == PLACE + [argument.column for argument in event.arguments]


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
