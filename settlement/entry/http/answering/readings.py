"""What routes read from: journal, settled epochs, lake and chain. Nothing here writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, TypeVar

import numpy as np
from fastapi import Depends, Request

from indexer.words.errors import InputError, RetryLaterError
from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.adapters.chain.claim_state import ClaimStates
from settlement.adapters.chain.token_units import KnownTokens, ask_token
from settlement.adapters.lake.duckdb_engine import DuckdbEngine, DuckdbSnapshot
from settlement.adapters.queries.served_rows import ServedRows
from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.entry.configuration.assembly import Store, network_of
from settlement.entry.configuration.chain_access import ChainAccess
from settlement.entry.documents.amounts import ShownAmounts
from settlement.entry.http.answering.recent import Recent
from settlement.entry.http.layers.errors import UnknownError
from settlement.flows.claim import AccountProofs
from settlement.flows.settling.trees import build_tree_of, verify_leaves
from settlement.flows.verify import load_rows
from settlement.rules.columns.conversions import amount_at
from settlement.rules.columns.ordering import is_row
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.prover import Prover
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.digests import digest_rows
from settlement.rules.epoch.read_report import Report, parse_report, parse_stored, verify_same
from settlement.rules.epoch.shards import shard_files
from settlement.rules.epoch.stages import amount_rows, digest_leaves

if TYPE_CHECKING:
    from settlement.entry.configuration.settings import Settings
    from settlement.flows.settle import Settler
    from settlement.rules.columns.units import TokenUnits
    from settlement.rules.epoch.report import Network
    from settlement.rules.epoch.stages import AmountRows
    from settlement.words.records import StoredReport

FRESH_SECONDS = 0.25
"""How long it may go unseen that another epoch is settled, or one anew."""
PATIENCE_SECONDS = 4
"""For nodes: whoever looks at a page does not wait for five minutes."""
DOWN_SECONDS = 3.0
"""For which nodes that did not answer are not asked again."""
ASK_AGAIN_SECONDS = 60.0
BUSY_SECONDS = 10.0
"""For which somebody waits whose question takes a whole epoch to compute."""
MOST_TREES = 8
ACCEPTED = "accepted"
"""Folder of bundles, by epoch, whose roots the committee accepted where this server computed others."""
MOST_RECENT = 16
MOST_EXPLAINED = 1_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SettledTree:
    """The report of an epoch and its tree, mapped."""

    report: Report
    columns: TreeColumns
    prover: Prover

    def prove(self, account: Address) -> AccountProofs:
        """Return the proofs of an account, each verified against the root."""
        return AccountProofs(self.report.epoch, self.report.root, self.prover.prove_account(account))


class Readings:
    """One store and chain for all requests; each request has a connection to the lake of its own."""

    def __init__(self, store: Store) -> None:
        self.store, self._lock = store, threading.Lock()
        self._trees = Recent(MOST_TREES)
        self._newest: tuple[float, Epoch | None] = (float("-inf"), None)
        self._reports: dict[Epoch, tuple[float, StoredReport | None]] = {}
        self._asking, self._opening = threading.Lock(), threading.Lock()
        self._units: dict[Address, TokenUnits] = {}
        self._asked: dict[Address, float] = {}
        self._down: tuple[float, str] = (float("-inf"), "")
        self._final: set[Epoch] = set()
        self._is_lost = False
        self._recent = Recent(MOST_RECENT)
        self._computing = threading.Lock()
        self.explained = Recent(MOST_EXPLAINED)

    @property
    def settings(self) -> Settings:
        """Return the settings."""
        return self.store.settings

    @property
    def reading_settings(self) -> Settings:
        """Return the settings with the database as it is reached, the embedded one too."""
        settings = self.settings
        return replace(settings, store=replace(settings.store, database_url=self.store.database.uri))

    @cached_property
    def network(self) -> Network:
        """Return what ties reports to this network."""
        return network_of(self.settings)

    @cached_property
    def chain(self) -> ChainAccess:
        """Return the nodes, waited for as long as a reader of a page waits."""
        chain = self.settings.chain
        short = replace(chain, patience_seconds=min(chain.patience_seconds, PATIENCE_SECONDS))
        return ChainAccess(replace(self.settings, chain=short))

    @cached_property
    def claims(self) -> ClaimStates:
        """Return what the distributor says."""
        return ClaimStates(self.chain.state, self.chain.distributor)

    @contextmanager
    def snapshot(self) -> Iterator[DuckdbSnapshot]:
        """One state of the lake, for one request."""
        with self._noticing():
            with self._lock:
                pinned = DuckdbEngine(self.store.lake).pin()
            with pinned:
                yield pinned

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        """Connect anew after the database was out of reach, before the next question to it."""
        with self._lock:
            if self._is_lost:
                self.store.connect_anew()
                self._is_lost = False
        try:
            yield
        except RetryLaterError:
            self._is_lost = True
            raise

    @contextmanager
    def served(self) -> Iterator[ServedRows]:
        """The steps of lists, over one state of the lake."""
        with self.snapshot() as pinned:
            yield ServedRows(pinned, self.settings.store.data_dir)

    @contextmanager
    def settling(self) -> Iterator[Settler]:
        """What computes an epoch again, for one request at a time: it takes the memory of an epoch."""
        if not self._computing.acquire(timeout=BUSY_SECONDS):
            raise RetryLaterError(
                "others are computing", expected="one at a time", got="a queue", remedy="come back later"
            )
        try:
            with self._noticing():
                settler = self.store.settler
            yield settler
        finally:
            self._computing.release()

    def last_epoch(self) -> Epoch | None:
        """Return the newest settled epoch, at most a quarter of a second old; None before the first."""
        asked, newest = self._newest
        if time.monotonic() - asked > FRESH_SECONDS:
            with self._noticing():
                newest = self.store.journal.last_epoch()
            self._newest = (time.monotonic(), newest)
        return newest

    def stored(self, epoch: Epoch) -> StoredReport:
        """Return the stored report of an epoch; UnknownError where it is not settled."""
        with self._asking:  # others wait for the same answer
            is_fresh, found = self._looked_up(epoch)
            if not is_fresh:
                with self._noticing():
                    found = self.store.journal.load_report(epoch)
                if len(self._reports) > MOST_TREES:
                    self._reports.clear()
                self._reports[epoch] = (time.monotonic(), found)
        if found is None:
            last = self.last_epoch()
            expected = "none is settled yet" if last is None else f"{self.network.first} to {last}"
            raise UnknownError(f"epoch {epoch} is not settled", expected=expected, got=str(epoch))
        return found

    def _looked_up(self, epoch: Epoch) -> tuple[bool, StoredReport | None]:
        asked, found = self._reports.get(epoch, (float("-inf"), None))
        return time.monotonic() - asked <= FRESH_SECONDS, found

    def tree(self, epoch: Epoch) -> SettledTree:
        """Return the report and the tree of a settled epoch, from its file or built of its leaves."""
        report = self.stored(epoch)
        found: SettledTree | None = self._trees.find(_tree_key(report))
        if found is None:
            with self._opening:  # others wait for the same tree
                found = self._trees.get(_tree_key(report), lambda: self._open_tree(report))
        return found

    def tree_at_hand(self, epoch: Epoch) -> SettledTree | None:
        """Return the same where nobody is waited for: the report was just looked up and its tree is open; else None."""
        is_fresh, report = self._looked_up(epoch)
        found: SettledTree | None = self._trees.find(_tree_key(report)) if is_fresh and report is not None else None
        return found

    def _open_tree(self, report: StoredReport) -> SettledTree:
        written, columns = parse_stored(report), self.store.artifacts.load_tree(report.epoch)
        is_whole = columns is not None and digest_leaves(columns.leaves) == written.stages["leaves"]
        if columns is None or columns.tree.root != report.root or not is_whole:
            columns = build_tree_of(report, self.store.artifacts)
            verify_leaves(written, columns.leaves)
        return SettledTree(written, columns, Prover(columns, report.root))

    def is_active(self, epoch: Epoch) -> bool:
        """Return whether final blocks hold the activation of our root of an epoch: its files never change again."""
        if epoch not in self._final:
            root = self.stored(epoch).root
            with self.snapshot() as snapshot:
                head = snapshot.lake.finalized_head()
                params = {"distributor": self.network.distributor, "finalized": 0 if head is None else head.number}
                rows = snapshot.rows("distribute/is_active", params | {"epoch": epoch, "root": root})
            if not rows[0]["is_active"]:
                return False
            self._final.add(epoch)
        return True

    def shard_files(self, epoch: Epoch, stage: str) -> dict[str, bytes]:
        """Return the files of the shards of a stage of a settled epoch."""
        key = (epoch, stage, bytes(self.stored(epoch).report_hash))
        return self._recent.get(
            key, lambda: shard_files(stage, load_rows(self.store.artifacts.load_epoch(epoch), stage))
        )

    def paid_emission(self, epoch: Epoch) -> dict[bytes, int]:
        """Return what each account was paid of the emission in a settled epoch, in wei."""
        key = (epoch, "emission", bytes(self.stored(epoch).report_hash))
        return self._recent.get(key, lambda: _emission_of(self._load_amounts(epoch), self))

    def _load_amounts(self, epoch: Epoch) -> AmountRows:
        """Return the stored amounts of an epoch; UnsoundError unless they are those of its report."""
        amounts, report = self.store.artifacts.load_epoch(epoch).load_amounts(), self.tree(epoch).report
        found = digest_rows(amount_rows(amounts)).sha256
        verify_same(epoch, "its amounts", to_hex(report.stages["amounts"].sha256), to_hex(found))
        return amounts

    def accepted_root(self, epoch: Epoch) -> Hash32 | None:
        """Return the root of the bundle that an operator keeps of an epoch which others settled differently."""
        accepted = self._accepted_tree(epoch)
        return None if accepted is None else accepted.report.root

    def _accepted_tree(self, epoch: Epoch) -> SettledTree | None:
        bundle = FolderArtifacts(self.settings.store.data_dir, ACCEPTED).find_epoch(epoch)
        if bundle is None:
            return None
        report = parse_report(bundle.load_document(), bundle.url, epoch)
        return self._trees.get((epoch, bytes(report.hash)), lambda: self._open_accepted(report, bundle.load_leaves()))

    def _open_accepted(self, report: Report, leaves: Leaves) -> SettledTree:
        verify_leaves(report, leaves)
        columns = TreeColumns(leaves, tree_of(leaves))
        return SettledTree(report, columns, Prover(columns, report.root))

    def prove(self, account: Address, epoch: Epoch, root: Hash32 | None = None) -> AccountProofs:
        """Return the proofs of an account after an epoch, each verified against the root: ours, or the accepted one."""
        accepted = None if root is None or root == root_of(self, epoch) else self._accepted_tree(epoch)
        return (self.tree(epoch) if accepted is None else accepted).prove(account)

    def known_units(self) -> dict[Address, TokenUnits]:
        """Return symbol and decimals of the tokens that were asked for before; nothing is asked."""
        if not self._units:
            self._units = KnownTokens(self.settings.store.data_dir, self.network.token).load()
        return self._units

    def units(self, tokens: Sequence[Address]) -> dict[Address, TokenUnits]:
        """Return symbol and decimals of tokens; one that cannot be asked now stays unknown for now."""
        for token in tokens:
            known = self.known_units().get(token)
            if known is None or not known.symbol:
                self._learn(token)
        return self._units

    def amounts(self, tokens: Collection[Address]) -> ShownAmounts:
        """Return how amounts of these tokens and of the network's are said."""
        return ShownAmounts(self.network.token, self.units([self.network.token, *tokens]))

    def ask_chain(self, ask: Callable[[], T]) -> tuple[T | None, str | None]:
        """Return what the chain says, or why it cannot be asked; one that did not answer is left alone for a while."""
        since, why = self._down
        if time.monotonic() - since < DOWN_SECONDS:
            return None, why
        try:
            return ask(), None
        except RetryLaterError as error:
            why = f"the chain cannot be asked now: {error.what}"
            self._down = (time.monotonic(), why)
            return None, why

    def ask_nodes(self) -> str | None:
        """Return why the chain cannot be asked now; None where it answers what accounts need."""
        settled = self._newest[1]
        epoch = self.network.first if settled is None else settled
        return self.ask_chain(lambda: self.claims.moment(epoch))[1]

    def _learn(self, token: Address) -> None:
        if time.monotonic() - self._asked.get(token, float("-inf")) < ASK_AGAIN_SECONDS:
            return
        found, _ = self.ask_chain(lambda: ask_token(self.chain.state, token))
        self._asked[token] = time.monotonic()
        if found is not None:
            self._units[token] = found


def _emission_of(amounts: AmountRows, readings: Readings) -> dict[bytes, int]:
    rows = np.flatnonzero(is_row(amounts.token, readings.network.token) & (amounts.role <= 1))
    paid: dict[bytes, int] = {}
    for row in rows.tolist():
        account = amounts.account[row].tobytes()
        paid[account] = paid.get(account, 0) + amount_at(amounts.amount, row)
    return paid


async def readings_of(request: Request) -> Readings:  # in the loop: no thread is worth it
    """Return what the application reads from."""
    found: Readings = request.app.state.readings
    return found


ReadingsNow = Annotated[Readings, Depends(readings_of)]


def _tree_key(report: StoredReport) -> tuple[Epoch, bytes]:
    return report.epoch, bytes(report.report_hash)


def root_of(readings: Readings, epoch: Epoch) -> Hash32 | None:
    """Return our root of an epoch, None where it is not settled."""
    try:
        return readings.stored(epoch).root
    except InputError:
        return None
