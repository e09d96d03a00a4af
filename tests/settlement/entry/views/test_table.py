import pytest

from settlement.entry.views.table import printable, render_table, text_width


@pytest.mark.parametrize("cell", [":smile:", "[b]bold[/b]", "[/red]", "[link=x]y", "\\[x]"])
def test_render_table__what_looks_like_markup__stays_as_it_is(cell):
    assert cell in render_table(["name"], [[cell]], None)


def test_render_table__control_characters__cannot_move_the_cursor():
    assert render_table(["n"], [["a\x1b[31m\nb\u202e"]], None) == "n\na\\x1b[31m\\nb\\u202e\n"


def test_render_table__no_width__is_as_wide_as_it_is():
    assert render_table(["a" * 150, "b"], [[1, "x" * 90]], None).splitlines()[0] == "a" * 150 + "  b"


def test_render_table__narrow_terminal__is_a_block_a_row():
    hashes = ["0x" + "ab" * 32, "0x" + "cd" * 32]
    shown = render_table(["hash", "of"], [hashes, hashes], 80)
    assert shown == (f"hash  {hashes[0]}\nof    {hashes[1]}\n\n" * 2).rstrip("\n") + "\n"
    assert max(map(len, shown.splitlines())) <= 80


def test_render_table__fits_the_terminal__is_a_line_a_row_with_numbers_on_the_right():
    assert render_table(["n", "name"], [[1, "a"], [22, "b"]], 80) == " n  name\n 1  a\n22  b\n"


def test_render_table__wide_and_combining_characters__columns_stay_straight():
    lines = render_table(["name", "n"], [["漢字", 1], ["e\u0301", 2]], None).splitlines()
    assert {text_width(line) for line in lines} == {7}


def test_printable__bytes_that_were_no_text__have_an_escape():
    assert printable("\udcff") == "\\udcff"
