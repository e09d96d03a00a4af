"""The checks of this host: disk, database, and what lake and journal were filled for. Both are only read."""

import os
import shutil
from functools import partial

from indexer.adapters.postgres.database import connect, open_database, pending_migrations, rights_on
from indexer.adapters.postgres.database_errors import translated_database
from indexer.adapters.store.lake import has_lake
from indexer.flows.storing.identity import load_identity, verify_identity
from indexer.ports.chain import Node
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import to_hex
from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.adapters.store.journal import PostgresJournal
from settlement.entry.checks.inspection import Doubt, Inspection, Said
from settlement.entry.configuration.assembly import Store, journal_identity, verify_journal_format
from settlement.entry.system_errors import made_data_dir
from sql import load_sql

MIN_FREE_BYTES = 1 << 30
GIGABYTE = 1e9


def check_disk(look: Inspection) -> Said:
    """Say how much room there is, where data_dir is or will be, and whether it may be written to."""
    data_dir = look.settings.store.data_dir
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < MIN_FREE_BYTES:
        raise RetryLaterError("the disk is nearly full", expected="1 GB free", got=f"{free / GIGABYTE:.2f} GB")
    said = f"{free / GIGABYTE:.0f} GB free at {existing}"
    if not os.access(existing, os.W_OK):
        return Doubt(f"{said}, which can only be read: index and settle would be refused")
    return said


def check_database(look: Inspection) -> Said:
    """Open the database, for the checks after this one too; find out what it holds and what this role may do."""
    settings, closing = look.settings, look.closing
    data_dir = made_data_dir(settings.store.data_dir)
    database = closing.enter_context(open_database(settings.store.database_url, data_dir))
    connection = closing.enter_context(connect(database.uri))
    with translated_database("pozk check"):
        row = connection.execute("SHOW server_version").fetchone()
        may_create, takes_writes = rights_on(connection)
        look.has_lake, look.has_journal = has_lake(connection), not pending_migrations(connection, "journal")
    journal, artifacts = PostgresJournal(connection), FolderArtifacts(settings.store.data_dir)
    look.store = Store(settings, database, journal, artifacts)
    closing.callback(look.store.close)
    kind = "given server" if settings.store.database_url else "embedded"
    said = f"PostgreSQL {row[0] if row else '?'} ({kind})"
    if not takes_writes:
        return Doubt(f"{said}, a server that only reads: index and settle would be refused")
    if may_create:
        return said
    return Doubt(f"{said}, a role that may create nothing: only what exists can be used, and read where it may")


def check_engine(look: Inspection) -> Said:
    """Find what the engine needs where that is not in this process, and hold its settings against what is exact."""
    rules = look.settings.rules
    if rules.engine != "spark":
        return f"{rules.engine}, in this process"
    from settlement.adapters.spark.session import verify_config, verify_installed

    verify_config(rules.spark_config)
    verify_installed()
    return f"spark at {rules.spark_master}; it is not started here"


def check_lake(look: Inspection) -> Said:
    """Hold what the lake was filled for against the configuration, and its blocks against the chain."""
    store = look.store
    if store is None or not look.has_lake:
        return "no lake yet: pozk index begins one"
    verify_identity(load_identity(store.lake), look.wanted, look.wrong_keys)
    head = store.lake.finalized_head()
    if head is None:
        return "no final block is stored yet"
    look.is_indexed = True
    if "finality" not in look.passed:
        return f"filled for this network up to block {head.number}; not compared with the chain"
    low = store.lake.query(load_sql("lake/first_block")).to_pylist()[0]["number"]
    first = store.lake.query(load_sql("lake/block"), {"number": low}).to_pylist()[0]
    if not _is_on_chain(look, BlockRef(first["number"], first["hash"])):
        raise InputError(
            "the lake holds the blocks of another chain",
            expected=f"block {low} {to_hex(first['hash'])}",
            got="another block there",
            where=str(look.settings.store.data_dir / "lake"),
            remedy="use another data_dir, or the nodes of that chain",
        )
    if not _is_on_chain(look, head):
        raise UnsoundError(
            "the chain no longer holds the newest block that is stored as final",
            expected=f"block {head.number} {to_hex(head.hash)}",
            got="another block there",
            remedy="find out which chain is right: `pozk index` says more",
        )
    return f"blocks {low} to {head.number} are stored, both on the chain"


def _is_on_chain(look: Inspection, block: BlockRef) -> bool:
    return look.chain.pool.attempt(partial(_holds, block=block), rounds=1)


def _holds(node: Node, block: BlockRef) -> bool:
    return node.fetch_headers(BlockRange(block.number, block.number)).head(0).ref.hash == block.hash


def check_journal(look: Inspection) -> Said:
    """Hold the network that the journal belongs to against the configuration, and look for the newest epoch's files."""
    store = look.store
    if store is None or not look.has_journal:
        return "no journal yet: pozk settle begins one"
    store.journal.compare_identity(journal_identity(look.settings), look.wrong_keys)
    verify_journal_format(store.journal, look.settings.clock.first)
    last = store.journal.last_epoch()
    if last is None:
        return "no epoch is settled"
    store.artifacts.load_epoch(last)
    return f"settled up to epoch {last}"
