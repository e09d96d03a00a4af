from pathlib import Path

from settlement.entry.configuration.handbook import environment_example, handbook


def test_handbook__the_file_in_docs__is_what_the_table_says():
    assert (Path(__file__).parents[4] / "docs" / "configuration.md").read_text() == handbook()


def test_environment_example__the_file__is_what_the_table_says():
    assert (Path(__file__).parents[4] / ".env.example").read_text() == environment_example()
