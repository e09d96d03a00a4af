import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from tests.conftest import create_database, drop_database
from tests.simulation.tally import TALLY


@pytest.fixture
def new_lake(postgres, lake_template, tmp_path):
    """Return a function that opens a lake of its own, by name; the same name opens the same lake again."""
    created = {}

    def open_named(name):
        if name not in created:
            created[name] = create_database(postgres, lake_template)
        return open_lake(created[name], tmp_path / name, REFERENCE)

    yield open_named
    for uri in created.values():
        drop_database(postgres, uri)


def pytest_terminal_summary(terminalreporter):
    """Print what the seeds went through."""
    if TALLY["seeds"]:
        terminalreporter.section("simulation")
        terminalreporter.write_line(TALLY.table())
