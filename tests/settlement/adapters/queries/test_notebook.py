"""The worked notebook: its cells run in order on a settled devnet, and what they draw is there."""

import json
import os
from pathlib import Path

import pytest

from tests.conftest import create_database, drop_database

pytestmark = [pytest.mark.chain, pytest.mark.database]
NOTEBOOK = Path(__file__).parents[4] / "docs" / "analytics.ipynb"
PICTURES = os.environ.get("POZK_PICTURES")
"""A folder for the notebook's plots, to be looked at."""


@pytest.fixture
def namespace(settled, postgres, monkeypatch):
    """What a cell sees: a module of its own in the folder of a configuration, without a screen."""
    folder, database = settled
    url = create_database(postgres, database)
    monkeypatch.setenv("POZK_STORE_DATABASE_URL", url)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(folder)
    yield {"__name__": "__main__"}
    drop_database(postgres, url)


def test_notebook__run_cell_by_cell__draws_what_it_says(namespace):
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(cells):
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), namespace)  # noqa: S102 - our own notebook
    figures = {name: value for name, value in namespace.items() if name.startswith("figure_")}
    assert len(figures) == 4
    for name, figure in figures.items():
        (axes,) = figure.axes
        assert axes.patches or axes.lines, name
        assert axes.get_xlabel() or axes.get_ylabel()
        if PICTURES:
            figure.savefig(Path(PICTURES) / f"{name}.png", dpi=80)
    assert len(namespace["board"]) == 10
    assert namespace["left"].num_rows


def test_notebook__as_it_is_stored__has_no_outputs():
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
