"""What people see of a stored table."""

from indexer.rules.protocols.reference import REFERENCE
from settlement.rules.columns.people_columns import Column, people_columns, raw_columns, rows_of, select_list

CLAIMED = [Column("block_number", "UBIGINT"), Column("token", "BLOB"), Column("amount", "DECIMAL(38,0)")]


def test_people_columns__bytes_and_amounts__are_hex_text_and_tokens():
    shown = people_columns(REFERENCE, "claimed", CLAIMED)
    assert [(each.name, each.sql_type) for each in shown] == [
        ("block_number", "UBIGINT"),
        ("token", "VARCHAR"),
        ("amount", "DECIMAL(38,0)"),
        ("amount_tokens", "VARCHAR"),
    ]
    assert 'in_tokens("amount", decimals_of(token)) AS "amount_tokens"' in select_list(shown)


def test_people_columns__table_without_a_token__counts_in_the_networks_own():
    shown = people_columns(REFERENCE, "emission_set", [Column("amount", "DECIMAL(38,0)")])
    assert shown[1].expression == 'in_tokens("amount", network_decimals())'


def test_people_columns__seconds_and_text__have_a_date_and_stay_text():
    shown = people_columns(REFERENCE, "app_registered", [Column("name", "BLOB"), Column("timestamp", "UBIGINT")])
    assert [(each.name, each.sql_type) for each in shown] == [
        ("name", "VARCHAR"),
        ("timestamp", "UBIGINT"),
        ("timestamp_time", "TIMESTAMP"),
    ]


def test_people_columns__milli_gates__are_no_amount():
    assert [
        each.name for each in people_columns(REFERENCE, "weights_set", [Column("usage_unit", "DECIMAL(38,0)")])
    ] == ["usage_unit"]


def test_raw_columns__bytes__say_how_they_are_compared():
    assert raw_columns(REFERENCE, "claimed", CLAIMED)[1].meaning == "raw bytes: compare with addr('0x..')"


def test_rows_of__event__is_told_by_its_signature():
    assert rows_of(REFERENCE, "task_cancelled") == "an event TaskCancelled(uint256 taskId) of the task_market"
