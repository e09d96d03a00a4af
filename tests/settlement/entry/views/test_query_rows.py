import csv
import io
import json
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq
import pytest

from indexer.words.errors import InputError
from settlement.entry.views.query_rows import Format, verify_format, write_rows

STRANGE = "SELECT 'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b, '-inf'::DOUBLE AS c, [1, 2] AS d, {'k': '\\x01'::BLOB} AS e"
NAMESAKES = "SELECT 1 AS n, 2 AS n"


def rows_of(sql):
    return duckdb.sql(sql).to_arrow_table()


def written(sql, output_format, capsys):
    write_rows(rows_of(sql), output_format, None)
    return capsys.readouterr().out


def strict_json(text):
    def refuse(name):
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


def test_write_rows__nan_infinities_lists_and_structs__are_valid_json(capsys):
    row = {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": [1, 2], "e": {"k": "0x01"}}
    assert strict_json(written(STRANGE, Format.JSON, capsys)) == [row]


def test_write_rows__lists_and_structs_in_csv__are_json(capsys):
    names, cells = csv.reader(io.StringIO(written(STRANGE, Format.CSV, capsys)))
    assert names == ["a", "b", "c", "d", "e"]
    assert cells == ["NaN", "Infinity", "-Infinity", "[1, 2]", '{"k": "0x01"}']


@pytest.mark.parametrize("output_format", [Format.JSON, Format.PARQUET])
def test_write_rows__two_columns_of_one_name__are_refused_where_one_would_be_lost(output_format, tmp_path):
    with pytest.raises(InputError, match="two columns of one name"):
        write_rows(rows_of(NAMESAKES), output_format, tmp_path / "out")


def test_write_rows__two_columns_of_one_name__are_both_kept_in_tables_and_csv(capsys):
    assert written(NAMESAKES, Format.CSV, capsys) == "n,n\n1,2\n"
    assert written(NAMESAKES, Format.TABLE, capsys) == "n  n\n1  2\n"


def test_write_rows__no_rows__says_so_and_stays_a_document(capsys):
    assert written("SELECT 1 AS n WHERE false", Format.TABLE, capsys) == "n\n0 rows\n"
    assert written("SELECT 1 AS n WHERE false", Format.CSV, capsys) == "n\n"
    assert json.loads(written("SELECT 1 AS n WHERE false", Format.JSON, capsys)) == []


def test_write_rows__large_numbers_and_moments__lose_nothing(capsys):
    sql = "SELECT 9007199254740993 AS i, 1.50::DECIMAL(38, 2) AS d, DATE '2024-02-29' AS t, true AS b, NULL AS n"
    row = {"i": "9007199254740993", "d": "1.50", "t": "2024-02-29", "b": True, "n": None}
    assert json.loads(written(sql, Format.JSON, capsys)) == [row]


def test_write_rows__table_into_a_file__is_the_whole_table(tmp_path):
    write_rows(rows_of("SELECT 12::HUGEINT AS n, 1.50 AS d"), Format.TABLE, tmp_path / "out")
    assert (tmp_path / "out").read_text() == " n  d\n12  1.50\n"


def test_write_rows__parquet__is_read_back(tmp_path):
    write_rows(rows_of("SELECT 1.5::DECIMAL(38, 1) AS d"), Format.PARQUET, tmp_path / "out")
    assert pq.read_table(tmp_path / "out").to_pylist() == [{"d": Decimal("1.5")}]


def test_write_rows__parquet_that_cannot_be_written__leaves_what_was_there(tmp_path):
    device = tmp_path / "full"
    device.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_rows(rows_of("SELECT 1 AS n"), Format.PARQUET, device)
    assert device.is_symlink()


def test_write_rows__a_span_of_time__is_text(capsys):
    row = {"s": "14 months 3 days 1000000000 ns"}
    sql = "SELECT INTERVAL '14 months 3 days 1 second' AS s"
    assert json.loads(written(sql, Format.JSON, capsys)) == [row]
    assert written(sql, Format.CSV, capsys) == "s\n14 months 3 days 1000000000 ns\n"


def test_verify_format__parquet_without_a_file__is_refused_before_the_query_runs():
    with pytest.raises(InputError, match="--out FILE"):
        verify_format(Format.PARQUET, None)
