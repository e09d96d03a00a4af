"""Rows as pictures, and as bars of characters."""

from decimal import Decimal

import pyarrow as pa
import pytest

from indexer.words.errors import InputError
from settlement.entry.views.plot import guess_plot, verify_picture, write_plot
from settlement.rules.questions.query_header import Plot

ROWS = pa.table(
    {
        "epoch": [1, 1, 2, 3],
        "role": ["miner", "user", "miner", "\x1b[31m"],
        "tokens": ["1.5", "0.000000000000000001", "-3", None],
        "amount": pa.array([Decimal(10**38 - 1), Decimal(1), None, Decimal(5)], pa.decimal128(38, 0)),
    }
)
BAR = Plot("bar", "epoch", "tokens", "role")


def test_write_plot__onto_a_terminal__draws_bars_with_the_exact_numbers(capsys):
    write_plot(ROWS, BAR, None)
    assert capsys.readouterr().out.splitlines() == [
        "tokens by epoch and role",
        f"1  miner  {'█' * 24} 1.5",
        "1  user    0.000000000000000001",
        f"2  miner  {'█' * 48} -3",
    ]


def test_write_plot__several_of_one_place__are_one_bar_their_exact_sum(capsys):
    write_plot(ROWS, Plot("bar", "epoch", "amount"), None)
    assert capsys.readouterr().out.splitlines()[1].endswith(f" {10**38}")
    write_plot(ROWS, Plot("bar", "epoch", "rows"), None)
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]] == ["2", "1", "1"]


def test_write_plot__without_rows__says_so(capsys):
    write_plot(ROWS.slice(0, 0), BAR, None)
    assert capsys.readouterr().out == "tokens by epoch and role\n0 rows\n"


@pytest.mark.parametrize("plot", [BAR, Plot("line", "epoch", "amount"), Plot("bar", "role", "rows")])
@pytest.mark.parametrize("ending", ["png", "svg"])
def test_write_plot__into_a_file__is_a_picture(tmp_path, plot, ending):
    for rows in (ROWS, ROWS.slice(0, 0)):
        write_plot(rows, plot, tmp_path / f"plot.{ending}")
        assert (tmp_path / f"plot.{ending}").read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")


def test_guess_plot__of_any_rows__takes_the_first_numbers_after_the_first_column():
    assert guess_plot(ROWS) == Plot("bar", "epoch", "tokens")
    with pytest.raises(InputError, match="nothing to draw"):
        guess_plot(pa.table({"a": [1], "b": ["x"]}))


def test_write_plot__a_column_that_is_not_there_or_no_picture__is_told(tmp_path):
    with pytest.raises(InputError, match="no such column to draw"):
        write_plot(ROWS, Plot("bar", "nothing", "tokens"), None)
    with pytest.raises(InputError, match=r"expected \.png or \.svg, got plot\.exe"):
        verify_picture(tmp_path / "plot.exe")
