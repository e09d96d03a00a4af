import pytest
from eth_utils import keccak

from indexer.rules.protocols.signatures import parse_signature, to_snake_case


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
