"""Settles epochs in order: facts, settlement, artifacts, journal. Idempotent for each epoch."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import chain

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import Epoch, to_hex
from settlement.flows.settling.settle_parts import PartedSettlement, settle_parts
from settlement.flows.settling.trees import find_tree, verify_leaves, verify_root
from settlement.ports.artifacts import ArtifactStore, StageColumns
from settlement.ports.facts import EpochReading, Facts
from settlement.ports.journal import ReportJournal
from settlement.ports.opening import OpeningSource
from settlement.rules.entitlements.ledger import Credits
from settlement.rules.entitlements.opening import no_opening, parse_opening
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.read_report import is_altered, is_of_format, parse_stored
from settlement.rules.epoch.report import Network
from settlement.rules.epoch.settlement import Previous, Settled, Settlement, compute_settlement, nothing_before
from settlement.rules.facts.epoch_facts import EpochFacts, RulesetChoice
from settlement.rules.facts.epochs import verify_successor
from settlement.words.errors import EpochUnfinishedError, not_settled
from settlement.words.records import KeptStakes, StoredReport


@dataclass(frozen=True, slots=True)
class Settler:
    """What settling needs: the network's constants, the configured ruleset, and where things are.

    The configured ruleset is that of epochs for which the chain names none. `in_parts`: rows of an epoch stay with the
    engine that reads them, which settles them in parts; what is only compared or explained is computed here.
    """

    network: Network
    configured: RulesetChoice
    facts: Facts
    journal: ReportJournal
    artifacts: ArtifactStore
    opening: OpeningSource
    in_parts: bool = False

    def settle_all(
        self, *, dry_run: bool = False, choice_of: Callable[[Epoch], RulesetChoice] | None = None
    ) -> Iterator[Settled]:
        """Settle every epoch that has ended and is not settled yet, in order; one whose report is gone, too.

        `choice_of` gives the ruleset of an epoch for which the chain names none, where that is not the configured one.
        """
        yield from self._fill_holes(dry_run=dry_run)
        previous, epoch = None, self._next_epoch()
        while True:
            try:
                choice = choice_of(epoch) if choice_of else self.configured
                settlement = self._settle(epoch, previous, choice, dry_run=dry_run)
            except EpochUnfinishedError:
                return
            yield settlement
            previous, epoch = left_by(settlement), Epoch(epoch + 1)

    def settle_up_to(self, last: Epoch, *, dry_run: bool = False) -> Iterator[Settled]:
        """Settle up to an epoch, in order; one that is settled is computed again and must give the same bytes."""
        if last < self.network.first:
            raise InputError(f"epoch {last} is never settled", expected=f"an epoch >= {self.network.first}")
        if self.journal.load_report(last) is not None:
            yield self._settle_again(last)
            return
        self.facts.load_blocks(last)  # nothing is settled on the way to an epoch that has not ended
        yield from self._fill_holes(dry_run=dry_run)
        previous, epoch = None, self._next_epoch()
        while epoch <= last:
            settlement = self._settle(epoch, previous, self.configured, dry_run=dry_run)
            yield settlement
            previous, epoch = left_by(settlement), Epoch(epoch + 1)

    def forget_from(self, epoch: Epoch) -> int:
        """Forget the reports of `epoch` and later ones, so that they can be settled anew; return how many.

        One that was altered is forgotten alone, whatever stands on chain: settled again it is what later ones follow.
        InputError while one of them is what the committee proposed: that must be vetoed or revoked first. Where the
        committee proposed another one, ours may go; and one of an older format always.
        """
        last = self.journal.last_epoch()
        if last is None or epoch > last:
            return 0
        ours = self.journal.load_report(epoch)
        if ours is not None and is_altered(ours):
            return self.journal.forget(epoch)
        seen, voted = self.facts.last_block(), self.journal.last_transaction_block()
        if voted is not None and (seen is None or seen < voted):
            raise RetryLaterError(
                "the lake does not reach our last transaction yet",
                expected=f"block {voted} finalized and indexed",
                got="nothing" if seen is None else f"block {seen}",
                remedy="run `pozk index`",
            )
        for number in map(Epoch, range(epoch, last + 1)):
            proposed, ours = self.facts.load_proposed_root(number), self.journal.load_report(number)
            if ours is None:
                continue
            if proposed is not None and proposed[1] == ours.report_hash and is_of_format(ours.document):
                raise InputError(
                    f"epoch {number} stands on chain and cannot be settled anew",
                    expected="no root, or one that was vetoed",
                    got=to_hex(proposed[0]),
                    remedy="have it vetoed and run `pozk index`, or add a correction to a later epoch",
                )
        self.load_previous(epoch)  # nothing is forgotten that could not be settled anew
        self.facts.forget_stakes()  # whatever was wrong, the stakes are summed anew
        return self.journal.forget_from(epoch)

    def recompute(self, epoch: Epoch, configured: RulesetChoice) -> Settlement:
        """Return the settlement of a settled epoch, computed again from the lake and the leaves before it.

        `configured` holds if the chain names no ruleset for it.
        """
        with self.read_anew(epoch) as reading:
            return self.compute(reading.facts, self.load_previous(epoch), configured)

    def read_anew(self, epoch: Epoch) -> AbstractContextManager[EpochReading]:
        """Return an epoch read for verifying: the stakes of the whole history are summed, nothing that was kept."""
        return self._read(epoch, begin_with_kept=False)

    def compute(self, facts: EpochFacts, previous: Previous, configured: RulesetChoice) -> Settlement:
        """Return the settlement of an epoch whose facts are read; nothing is stored."""
        return compute_settlement(self.network, facts, configured, previous, self._opening_of(facts))

    def _compute_read(self, reading: EpochReading, previous: Previous, configured: RulesetChoice) -> Settled:
        """Return the settlement of an epoch that is read, in parts where it lies in parts."""
        if reading.parts is None:
            return self.compute(reading.facts, previous, configured)
        opening = self._opening_of(reading.facts)
        return settle_parts(self.network, reading.facts, configured, previous, opening, reading.parts)

    def _opening_of(self, facts: EpochFacts) -> Credits:
        if not facts.openings:
            return no_opening()
        return parse_opening(facts.openings, self.opening.load(), self.opening.where)

    def settled_choice(self, epoch: Epoch) -> RulesetChoice:
        """Return the ruleset that a settled epoch was settled by; the configured one if it is voided."""
        return parse_stored(self._report(epoch)).choice or self.configured

    def load_previous(self, epoch: Epoch) -> Previous:
        """Return what the epoch before left, from its report and its stored leaves; no tree, so that all is hashed."""
        if epoch == self.network.first:
            return nothing_before()
        report = self._report(Epoch(epoch - 1))
        leaves = self.artifacts.load_epoch(report.epoch).load_leaves()
        verify_leaves(parse_stored(report), leaves)
        return Previous(report.report_hash, leaves)

    def _previous_in_place(self, epoch: Epoch) -> Previous:
        """Return what the epoch before left as it lies in its tree's file, which is written where it is not kept."""
        if epoch == self.network.first:
            return nothing_before()
        before = Epoch(epoch - 1)
        columns, report = find_tree(self.journal, self.artifacts, before)  # the parts verify the leaves, each its own
        digest = parse_stored(report).stages["leaves"].sha256
        return Previous(report.report_hash, columns.leaves, None, self.artifacts.tree_place(before), digest)

    def _next_epoch(self) -> Epoch:
        last = self.journal.last_epoch()
        return self.network.first if last is None else Epoch(last + 1)

    def _load_grown(self, epoch: Epoch) -> Previous:
        """Return what the epoch before left as `load_previous` does, with its tree where it is kept."""
        if self.in_parts:
            return self._previous_in_place(epoch)
        previous = self.load_previous(epoch)
        if epoch == self.network.first:
            return previous
        kept = self.artifacts.load_tree(Epoch(epoch - 1), check_hashes=True)
        if kept is not None:
            verify_root(self._report(Epoch(epoch - 1)), kept.tree.root)
        return replace(previous, tree=kept.tree if kept else None)

    def _fill_holes(self, *, dry_run: bool) -> Iterator[Settled]:
        """Settle epochs again whose report is gone while later ones stand; they must follow from it."""
        for epoch in self.journal.missing_epochs(self.network.first):
            try:
                settlement = self._settle_anew(epoch)
            except EpochUnfinishedError as error:
                raise _ahead_of_time(self.journal.last_epoch(), epoch) from error
            after = self.journal.load_report(Epoch(epoch + 1))
            if after is not None and parse_stored(after).previous_report != settlement.report_hash:
                raise UnsoundError(
                    f"epoch {epoch}, whose report is gone, does not settle to what epoch {epoch + 1} followed",
                    expected=to_hex(parse_stored(after).previous_report),
                    got=to_hex(settlement.report_hash),
                    remedy=f"run `pozk settle --redo --epoch {epoch}`",
                )
            if not dry_run:
                self._save(settlement)
                self._store_report(settlement)
            yield settlement

    def _store_report(self, settlement: Settled, stakes_sha256: bytes | None = None) -> None:
        self.journal.store_report(stored_report(settlement), stakes_sha256)

    def _settle_anew(self, epoch: Epoch) -> Settled:
        """Return an epoch settled again, the stakes of the whole history summed."""
        with self._read(epoch, begin_with_kept=False, apart=self.in_parts) as reading:
            previous = self._previous_in_place(epoch) if self.in_parts else self.load_previous(epoch)
            return self._compute_read(reading, previous, self.configured)

    def _settle_again(self, epoch: Epoch) -> Settled:
        settlement, stored = self._settle_anew(epoch), self._report(epoch)
        if settlement.document != stored.document:
            raise UnsoundError(
                f"epoch {epoch} does not settle to its stored report again",
                expected=to_hex(stored.report_hash),
                got=to_hex(settlement.report_hash),
                remedy=f"run `pozk verify --epoch {epoch}` to see the first difference",
            )
        self._save(settlement)
        return settlement

    @contextmanager
    def _read(self, epoch: Epoch, *, begin_with_kept: bool, apart: bool = False) -> Iterator[EpochReading]:
        """Read an epoch, which must continue where the previous report ended."""
        before = None if epoch == self.network.first else self.journal.load_report(Epoch(epoch - 1))
        reference = None if before is None else parse_stored(before).reference_block
        sha256 = self.journal.load_stakes_digest(before.epoch) if before is not None and begin_with_kept else None
        since = None if reference is None or sha256 is None else KeptStakes(reference, sha256)
        with self.facts.load_facts(epoch, since=since, apart=apart) as reading:
            if reference is not None:
                verify_successor(epoch, reading.facts.blocks, reference)
            yield reading

    def _settle(self, epoch: Epoch, previous: Previous | None, configured: RulesetChoice, *, dry_run: bool) -> Settled:
        """Settle an epoch; what the one before left is loaded where it is not at hand, once the epoch has ended."""
        with self._read(epoch, begin_with_kept=True, apart=self.in_parts) as reading:
            settlement = self._compute_read(reading, previous or self._load_grown(epoch), configured)
            if not dry_run:
                self._save(settlement)
                self._store_report(settlement, reading.keep_stakes())
            return settlement

    def _save(self, settlement: Settled) -> None:
        self.artifacts.save_epoch(
            settlement.facts.epoch,
            settlement.document,
            stages_of(settlement),
            TreeColumns(settlement.leaves, settlement.tree),
            settlement.tree_file if isinstance(settlement, PartedSettlement) else None,
        )

    def _report(self, epoch: Epoch) -> StoredReport:
        report = self.journal.load_report(epoch)
        if report is None:
            raise not_settled(epoch, self.journal.last_epoch())
        parse_stored(report)
        return report


def stages_of(settlement: Settled) -> StageColumns:
    """Return the stages of a settlement as they are stored, of one in parts to be read part by part."""
    aggregates = (settlement.facts.aggregates, settlement.pools)
    if isinstance(settlement, Settlement):
        return StageColumns(aggregates, settlement.deposits, (settlement.amounts,))
    if not isinstance(settlement, PartedSettlement):
        raise TypeError(f"not a settlement: {settlement!r}")
    parts = settlement.parts
    return StageColumns(chain(aggregates, parts.iterate_aggregates()), settlement.deposits, parts.iterate_amounts())


def stored_report(settlement: Settled) -> StoredReport:
    """Return the report of a settlement as the journal keeps it."""
    return StoredReport(settlement.facts.epoch, settlement.document, settlement.report_hash, settlement.root)


def left_by(settlement: Settled) -> Previous:
    """Return what a settlement leaves to the next one; the file of one in parts is there while it is held."""
    if isinstance(settlement, PartedSettlement):
        place = (settlement.tree_file, settlement.leaves_sha256)
        return Previous(settlement.report_hash, settlement.leaves, None, *place)
    return Previous(settlement.report_hash, settlement.leaves, settlement.tree)


def _ahead_of_time(stored: Epoch | None, unfinished: Epoch) -> UnsoundError:
    return UnsoundError(
        f"a report of epoch {stored} is stored, and epoch {unfinished} has not ended",
        expected="no report of later epochs",
        got="one that is not ours",
        where="the journal",
        remedy=f"run `pozk settle --redo --epoch {stored}`, which forgets it",
    )
