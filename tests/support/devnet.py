"""Fixtures of real chains with the contracts and traffic on them; a conftest imports them by name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web3 import HTTPProvider, Web3
from web3.types import LogReceipt

from deploy.devnet import Devnet, DevnetSettings, reload_devnet, run_devnet
from indexer.rules.protocols.reference import REFERENCE


@pytest.fixture(scope="session")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devnet]:
    """The one default devnet of the whole session. Read it only: what changes the chain takes `fresh_devnet`."""
    folder = tmp_path_factory.mktemp("devnet")
    with run_devnet(DevnetSettings(folder=folder, state_file=folder / "state.json")) as running:
        yield running


@pytest.fixture
def fresh_devnet(devnet: Devnet, tmp_path: Path) -> Iterator[Devnet]:
    """A chain of the test's own in the same state: blocks, addresses and accounts are those of `devnet`."""
    with reload_devnet(devnet, devnet.settings.state_file, tmp_path / "node") as running:
        yield running


@pytest.fixture(scope="session")
def small_devnet_settings() -> DevnetSettings:
    """The smallest devnet that still has every kind of event."""
    return DevnetSettings(epochs=2, quiet_epochs=(), participants=12, tasks_per_epoch=20)


def votes_on(devnet: Devnet) -> list[LogReceipt]:
    """Return the log of every ReportVoted on chain, in order."""
    topic = Web3.to_hex(REFERENCE.by_name["ReportVoted"].topic0)
    address = Web3.to_checksum_address(devnet.addresses["distributor"])
    query = {"fromBlock": 0, "toBlock": "latest", "address": address, "topics": [topic]}
    return Web3(HTTPProvider(devnet.rpc)).eth.get_logs(query)
