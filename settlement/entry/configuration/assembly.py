"""Builds the adapters that commands hand to flows, from the settings.

What a small command can do without is imported where it is built.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.adapters.nodes.resolve import resolve
from indexer.adapters.postgres.database import Database, apply_migrations, connect, open_database, pending_migrations
from indexer.adapters.store.lake import Lake, open_lake
from indexer.flows.storing.identity import load_identity, verify_identity
from indexer.rules.nodes.distinct_nodes import verify_distinct
from indexer.rules.nodes.node_address import parse_node_address
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.errors import RetryLaterError
from indexer.words.quantities import Address, Epoch, to_hex
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.environment import find_warnings
from settlement.entry.configuration.keys import every_key
from settlement.entry.configuration.settings import Settings
from settlement.entry.system_errors import made_data_dir
from settlement.entry.views.output import note
from settlement.rules.facts.epoch_facts import RulesetChoice

if TYPE_CHECKING:
    import psycopg

    from indexer.adapters.nodes.pool import NodePool
    from settlement.adapters.lake.facts import LakeFacts
    from settlement.adapters.store.artifacts import FolderArtifacts
    from settlement.adapters.store.journal import PostgresJournal
    from settlement.adapters.store.peers import PeerBundles
    from settlement.flows.settle import Settler
    from settlement.rules.epoch.report import Network


def read_settings(config: Path) -> Settings:
    """Return the settings of a configuration file and the process environment; what is doubtful is noted."""
    settings = load_settings(config, os.environ)
    for warning in find_warnings(os.environ, every_key(), config):
        note(f"warning: {warning}")
    return settings


def network_of(settings: Settings) -> Network:
    """Return what ties reports to this network."""
    from settlement.rules.epoch.report import Network

    return Network(
        chain_id=settings.chain.chain_id,
        distributor=settings.contracts.distributor,
        token=settings.contracts.token,
        genesis=settings.clock.genesis,
        length_seconds=settings.clock.length_seconds,
        first=settings.clock.first,
    )


def ingest_settings(settings: Settings, max_range: int | None) -> IngestSettings:
    """Return what the indexer needs; `max_range` bounds one request and one commit in blocks."""
    chain, clock = settings.chain, settings.clock
    found = IngestSettings(
        protocol=settings.protocol,
        chain_id=chain.chain_id,
        contracts=settings.contracts.by_name,
        start_block=chain.start_block,
        genesis=clock.genesis,
        length_seconds=clock.length_seconds,
        first=clock.first,
        finality=chain.finality,
        level=chain.level,
        final_agreement=chain.final_agreement,
        checkpoints=chain.checkpoints,
        max_ahead_seconds=chain.max_ahead_seconds,
        vouch_start=chain.vouch_start,
    )
    return found if max_range is None else replace(found, max_range=max_range, commit_blocks=max_range)


def open_nodes(settings: Settings) -> NodePool:
    """Return the configured nodes, as every command asks them; nothing is asked yet. Waiting is said on stderr.

    InputError where one node is listed twice.
    """
    from indexer.adapters.nodes.pool import open_chain

    chain = settings.chain
    for warning in verify_distinct([parse_node_address(url) for url in chain.rpc], resolve):
        note(warning)
    return open_chain(chain.rpc, access=chain.access, patience_seconds=chain.patience_seconds, tell=note)


@dataclass
class Store:
    """The database, the journal in it, and the artifacts of a data directory. The lake is opened when first used.

    `is_serving`: what is read of it is asked of DuckDB, whatever engine settles.
    """

    settings: Settings
    database: Database
    journal: PostgresJournal
    artifacts: FolderArtifacts
    all_shards: bool = False
    is_serving: bool = False

    @cached_property
    def lake(self) -> Lake:
        """Return the lake, for reading."""
        return open_lake(self.database.uri, self.settings.store.data_dir, self.settings.protocol, read_only=True)

    @property
    def start(self) -> str:
        """Return what the start of the indexed range rests on; empty for a lake of before that was written down."""
        return load_identity(self.lake).get("start", "")

    @property
    def peers(self) -> PeerBundles:
        """Return the bundles of other oracles that are at hand."""
        from settlement.adapters.store.peers import PeerBundles

        return PeerBundles(self.settings.rules.peers, note)

    def load_tokens(self) -> list[Address]:
        """Return the tokens that anybody is owed, by the newest report; UnsoundError where it was altered."""
        from settlement.rules.epoch.read_report import parse_stored

        last = self.journal.last_epoch()
        report = None if last is None else self.journal.load_report(last)
        return [] if report is None else [total.token for total in parse_stored(report).totals]

    @cached_property
    def lake_facts(self) -> LakeFacts:
        """Return the facts in the lake; InputError if the lake was filled for other contracts or another clock."""
        from settlement.adapters.lake.facts import LakeFacts
        from settlement.adapters.lake.stake_bases import FolderStakeBases

        verify_identity(load_identity(self.lake), ingest_settings(self.settings, None))
        clock, level, rules = self.settings.clock, self.settings.chain.level, self.settings.rules
        if rules.engine == "spark" and not self.is_serving:
            from settlement.adapters.spark.spark_engine import SparkEngine

            room = self.settings.store.data_dir / "parts"
            engine = SparkEngine(self.lake, rules.spark_master, rules.spark_config, room)
            return LakeFacts(self.lake, clock, level, all_shards=self.all_shards, engine=engine)
        bases = FolderStakeBases(self.settings.store.data_dir / "stakes")
        return LakeFacts(self.lake, clock, level, bases, all_shards=self.all_shards)

    @cached_property
    def settler(self) -> Settler:
        """Return the settler of this network."""
        from settlement.adapters.store.opening_file import OpeningFile
        from settlement.flows.settle import Settler

        rules = self.settings.rules
        return Settler(
            network_of(self.settings),
            RulesetChoice(rules.ruleset, rules.residual),
            self.lake_facts,
            self.journal,
            self.artifacts,
            OpeningFile(rules.opening),
            in_parts=rules.engine == "spark",
        )

    def connect_anew(self) -> None:
        """Connect to the database again, for reading: what was opened before may have lost it."""
        from settlement.adapters.store.journal import PostgresJournal

        self.database.revive()
        connection = _connect_reading(self.database.uri)
        self.journal = PostgresJournal(connection)
        for opened in ("settler", "lake_facts", "lake"):
            self.__dict__.pop(opened, None)

    def close(self) -> None:
        """Close the lake if it was opened."""
        if "lake" in self.__dict__:
            self.lake.close()


@contextmanager
def open_store(settings: Settings, *, any_format: bool = False, all_shards: bool = False) -> Iterator[Store]:
    """Open database and journal of the settings; RetryLaterError if the database is out of reach.

    InputError if the journal holds reports of an older format, unless it is opened to settle them anew. `all_shards`:
    what is read of the lake is held against a second reading row by row.
    """
    from settlement.adapters.store.artifacts import FolderArtifacts
    from settlement.adapters.store.journal import PostgresJournal

    data_dir = made_data_dir(settings.store.data_dir)
    with open_database(settings.store.database_url, data_dir) as database, connect(database.uri) as connection:
        apply_migrations(connection, "journal")
        journal = PostgresJournal(connection)
        journal.verify_identity(journal_identity(settings))
        if not any_format:
            verify_journal_format(journal, settings.clock.first)
        store = Store(settings, database, journal, FolderArtifacts(data_dir), all_shards)
        try:
            yield store
        finally:
            store.close()


def _connect_reading(uri: str) -> psycopg.Connection[Any]:
    connection = connect(uri)
    connection.execute("SET default_transaction_read_only = on")
    return connection


@contextmanager
def open_readonly_store(settings: Settings) -> Iterator[Store]:
    """Open a store of which nothing is ever written: no session may, whatever its role is allowed.

    RetryLaterError where database or journal are not there yet; InputError where they are another network's.
    """
    from settlement.adapters.store.artifacts import FolderArtifacts
    from settlement.adapters.store.journal import PostgresJournal

    data_dir = settings.store.data_dir
    with (
        open_database(settings.store.database_url, data_dir) as database,
        _connect_reading(database.uri) as connection,
    ):
        if pending_migrations(connection, "journal"):
            remedy = "run `pozk index` and `pozk settle` first"
            raise RetryLaterError("there is no journal of this version yet", where="the database", remedy=remedy)
        journal = PostgresJournal(connection)
        journal.compare_identity(journal_identity(settings))
        verify_journal_format(journal, settings.clock.first)
        store = Store(settings, database, journal, FolderArtifacts(data_dir), is_serving=True)
        try:
            yield store
        finally:
            store.close()


def verify_journal_format(journal: PostgresJournal, first: Epoch) -> None:
    """Raise InputError if the journal holds reports of an older format."""
    from settlement.rules.epoch.read_report import parse_report

    last = journal.last_epoch()
    report = None if last is None else journal.load_report(last)
    if report is not None:
        remedy = f"run `pozk settle --redo --epoch {first}`: all epochs are settled anew"
        parse_report(report.document, f"the journal, epoch {last}", last, remedy=remedy)


def journal_identity(settings: Settings) -> dict[str, str]:
    """Return what may not change over a journal's life."""
    if "distributor" not in settings.protocol.contracts:  # nothing is settled: the lake has an identity of its own
        return {"chain_id": str(settings.chain.chain_id), "protocol": settings.protocol.name}
    network = network_of(settings)
    addresses: dict[str, Address] = {"distributor": network.distributor, "token": network.token}
    return {
        "chain_id": str(network.chain_id),
        "genesis": str(network.genesis),
        "length_seconds": str(network.length_seconds),
        "first": str(network.first),
    } | {name: to_hex(address) for name, address in addresses.items()}
