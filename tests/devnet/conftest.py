"""A chain that the tests of one file may change together."""

import pytest

from deploy.devnet import reload_devnet


@pytest.fixture(scope="module")
def own_devnet(devnet, tmp_path_factory):
    """A copy of the session's devnet for one test file: its tests may change it, and expect others to have done so."""
    with reload_devnet(devnet, devnet.settings.state_file, tmp_path_factory.mktemp("own")) as running:
        yield running
