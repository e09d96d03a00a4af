"""What is played in the place of a port has the names and arguments that the port has."""

import inspect

import pytest

from indexer.ports.chain import Chain, Node
from indexer.ports.lake import LakeStore
from settlement.ports.artifacts import ArtifactStore, EpochBundle
from settlement.ports.distributor import Distributor, Wallet
from settlement.ports.facts import EpochReading, Facts
from settlement.ports.journal import ReportJournal, TransactionJournal
from settlement.ports.opening import OpeningSource
from tests.settlement.flows import test_claim, test_distribute, test_publish
from tests.support import played_epochs, played_indexing, played_mempool

PLAYED = (
    (played_indexing.PlayedNode, Node),
    (played_indexing.PlayedPool, Chain),
    (played_indexing.PlayedLake, LakeStore),
    (played_epochs.PlayedFacts, Facts),
    (played_epochs.PlayedReading, EpochReading),
    (played_epochs.PlayedReports, ReportJournal),
    (played_epochs.PlayedArtifacts, ArtifactStore),
    (played_epochs.PlayedBundle, EpochBundle),
    (played_epochs.PlayedOpening, OpeningSource),
    (played_mempool.PlayedJournal, TransactionJournal),
    (played_mempool.PlayedWallet, Wallet),
    (test_publish.PlayedDistributor, Distributor),
    (test_claim.PlayedDistributor, Distributor),
    (test_distribute.PlayedDistributor, Distributor),
)
NOT_IN_THE_PORT = {"send", "resolve_pending"}
"""Of a sender, which two of them are at once."""


def arguments_of(function):
    return [(each.name.lstrip("_"), each.kind) for each in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize(("played", "port"), PLAYED, ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_played__a_method_of_the_port__takes_what_the_port_says(played, port):
    shared = {name for name, _ in inspect.getmembers(port, inspect.isfunction)} & set(vars(played))
    shared = {name for name in shared if not name.startswith("_")} - NOT_IN_THE_PORT
    assert shared
    differing = [name for name in shared if arguments_of(getattr(played, name)) != arguments_of(getattr(port, name))]
    assert differing == []
