import pytest

from indexer.rules.protocols.protocol import Protocol
from indexer.rules.protocols.signatures import parse_signatures

FIRST = "Paid(address indexed to, uint256 amount)"
LATER = "Paid(address indexed to, uint256 amount, uint8 way, bytes note)"


def protocol_of(*lines):
    """Return a protocol of one contract that emits these events."""
    return Protocol(
        name="paying",
        contracts={"till": "where it is paid"},
        counted=parse_signatures({"till": "\n".join(lines)}),
        family="paper",
    )


def test_tables__a_kind_that_came_to_have_more_arguments__one_table_with_columns_that_may_lack():
    protocol = protocol_of(FIRST, LATER)
    assert len(protocol.kinds) == 2
    assert list(protocol.tables) == ["paid"]
    table = protocol.tables["paid"]
    assert [argument.column for argument in table.columns] == ["to_account", "amount", "way", "note"]
    assert table.optional == {"way", "note"}
    assert protocol.columns_of("paid")[-4:] == ("to_account", "amount", "way", "note")
    assert protocol.by_name["Paid"].topic0 == protocol.kinds[1].topic0


def test_tables__one_column_of_two_types__refused():
    with pytest.raises(ValueError, match=r"paid.amount is uint256 and uint8"):
        _ = protocol_of(FIRST, "Paid(address indexed to, uint8 amount)").tables
