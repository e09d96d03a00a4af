"""Oracles over made-up chains: a lake, a journal and a folder of its own each, settled by the flows."""

from contextlib import contextmanager

import psycopg

from indexer.adapters.postgres.database import apply_migrations
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.adapters.store.journal import PostgresJournal
from settlement.adapters.store.opening_file import OpeningFile
from settlement.flows.settle import Settler
from settlement.rules.epoch.report import Network
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.rules.facts.epochs import EpochClock
from tests.conftest import create_database
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, address

APP, TOKEN, OTHER_TOKEN = address(1), address(9), address(10)
MINER, USER, DONOR = (address(n) for n in (11, 12, 13))
PROOF = {"app": APP, "miner": MINER, "user": USER, "scheme": 0, "gates": 50}
NETWORK = Network(31337, address(8), TOKEN, GENESIS, LENGTH, 0)
TOML = RulesetChoice("paper-v1", "rollover")


def working_chain(epochs=3, early=None):
    """Return a chain with a proof in each epoch, both stakes effective from the first on, and an emission.

    `early` may emit more into its first block.
    """
    chain = MadeUpChain().mine()
    chain.emit("weights_set", from_epoch=0, a=2500, b=7500, c=5000, d=5000, usage_unit=7)
    chain.emit("scheme_weight_set", from_epoch=0, scheme=0, alpha_milli=1000)
    chain.emit("emission_set", from_epoch=0, amount=10**24)
    chain.emit("app_approved", app=APP, from_epoch=0, scheme=0, gates=40)
    chain.emit("stake_changed", app=APP, account=MINER, role=0, delta=5 * 10**18, effective_epoch=0)
    chain.emit("stake_changed", app=APP, account=USER, role=1, delta=7 * 10**18, effective_epoch=0)
    if early:
        early(chain)
    for epoch in range(epochs):
        chain.mine_until(GENESIS + epoch * LENGTH)
        chain.emit("proof_verified", **PROOF, epoch=epoch)
    return chain


def finish(chain, epochs=3):
    return chain.mine_until(GENESIS + epochs * LENGTH)


def ruleset_set(chain, name, residual, from_epoch):
    return chain.emit("ruleset_set", from_epoch=from_epoch, ruleset=name.encode().ljust(32, b"\0"), residual=residual)


@contextmanager
def oracle_of(chain, postgres, template, folder, **options):
    """Open the settler of an oracle whose lake holds a chain; the options are those of `open_oracle`."""
    url = create_database(postgres, template)
    with open_lake(url, folder, REFERENCE) as lake:
        chain.store(lake)
    with open_oracle(url, folder, **options) as settler:
        yield settler


@contextmanager
def open_oracle(url, folder, toml=TOML, opening=None, bases=None):
    """Open the settler of an oracle whose lake is there; `opening` is the path of its file, `bases` keep stakes."""
    with open_lake(url, folder, REFERENCE) as lake, psycopg.connect(url, autocommit=True) as connection:
        apply_migrations(connection, "journal")
        facts, artifacts = LakeFacts(lake, EpochClock(GENESIS, LENGTH, 0), bases=bases), FolderArtifacts(folder)
        yield Settler(NETWORK, toml, facts, PostgresJournal(connection), artifacts, OpeningFile(opening))
