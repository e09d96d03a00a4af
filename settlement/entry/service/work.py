"""What the jobs of the service do, each one piece of work that may end at any moment and is begun again."""

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from indexer.words.blocks import BlockRange, next_block
from indexer.words.errors import CoverageGapError, RetryLaterError, UnsoundError
from indexer.words.quantities import BlockNumber, Epoch
from settlement.adapters.store.jobs import PostgresJobs
from settlement.entry.configuration.assembly import Store, ingest_settings, open_nodes
from settlement.entry.configuration.chain_access import ChainAccess
from settlement.entry.configuration.settings import Settings
from settlement.rules.sending.worth import Worth
from settlement.words.errors import QuarantineError

if TYPE_CHECKING:
    from indexer.adapters.nodes.pool import NodePool
    from indexer.adapters.store.lake import Lake

Say = Callable[[str], None]
AUDITED_BLOCKS = 2_000
"""In one piece of the re-audit."""


@dataclass
class Workshop:
    """What the jobs share for as long as this instance speaks: settings, nodes, and the lake open for writing."""

    settings: Settings
    uri: str
    say: Say
    _lake: "Lake | None" = field(default=None, repr=False)
    _nodes: "NodePool | None" = field(default=None, repr=False)

    @property
    def is_voted_on(self) -> bool:
        """Return whether this network has reports that a committee votes for; others are only followed."""
        return "distributor" in self.settings.protocol.contracts

    @property
    def nodes(self) -> "NodePool":
        """Return the nodes that blocks are read from."""
        if self._nodes is None:
            self._nodes = open_nodes(self.settings)
        return self._nodes

    @contextmanager
    def lake(self) -> "Iterator[Lake]":
        """Give the lake, for writing; it stays open from one job to the next, until something fails."""
        if self._lake is None:
            from indexer.adapters.store.lake import open_lake

            self._lake = open_lake(self.uri, self.settings.store.data_dir, self.settings.protocol)
        with ExitStack() as undo:
            undo.callback(self.close)
            yield self._lake
            undo.pop_all()

    def interrupt(self) -> None:
        """End what jobs execute in lakes now."""
        if "indexer.adapters.store.connection" in sys.modules:
            from indexer.adapters.store.connection import interrupt_connections

            interrupt_connections()

    def close(self) -> None:
        """Let the lake go: the next job opens it anew."""
        lake, self._lake = self._lake, None
        if lake is not None:
            with suppress(Exception):
                lake.close()


@dataclass(frozen=True, slots=True)
class Task:
    """One run of a job: the opened store, the workshop, where the job was, and what to say."""

    store: Store
    shop: Workshop
    jobs: PostgresJobs
    position: int
    say: Say


def follow(task: Task) -> int:
    """Ingest final blocks, then the newest ones."""
    from indexer.adapters.postgres.range_plan import PostgresRangePlan
    from indexer.flows.runs.follow import follow_once
    from indexer.flows.runs.ingest import ingest

    shop, wanted = task.shop, ingest_settings(task.shop.settings, None)
    with shop.lake() as lake, _told_of_gap(task, lake):
        with PostgresRangePlan(lake.uri, shop.settings.store.data_dir) as plan:
            report = ingest(shop.nodes, lake, wanted, None, None, task.say, plan=plan)
        if report.logs:
            task.say(f"blocks {report.from_block} to {report.to_block}: {report.logs:,} logs")
        follow_once(shop.nodes, lake, wanted)
        _measure_lake(task, lake)
    return task.position


@contextmanager
def _told_of_gap(task: Task, lake: "Lake") -> Iterator[None]:
    """A gap in the coverage ledger ends by an audit by hand: it is waited for, not frozen."""
    try:
        yield
    except CoverageGapError as error:
        _measure_lake(task, lake)
        raise RetryLaterError(error.what, expected=error.expected, got=error.got, remedy=error.remedy) from error


def _measure_lake(task: Task, lake: "Lake") -> None:
    from settlement.entry.service.measuring import lake_values

    values, said = lake_values(lake, task.shop.settings)
    task.jobs.measure(values, said)


def settle(task: Task) -> int:
    """Settle every epoch that has ended and is final, in order."""
    if not task.shop.is_voted_on or not _may_be_due(task):
        return task.position
    with task.store.journal.lock_settlement(), _told_of_quarantine(task):
        for settlement in task.store.settler.settle_all():
            task.say(f"epoch {settlement.facts.epoch}: settled, root 0x{settlement.root.hex()}")
    return task.position


@contextmanager
def _told_of_quarantine(task: Task) -> Iterator[None]:
    """A quarantine that blocks an epoch ends by a decision on chain: it is waited for, not frozen."""
    try:
        yield
    except QuarantineError as error:
        task.jobs.measure({"quarantine_blocks": 1}, {"quarantine_blocks": error.line()})
        raise RetryLaterError(error.what, expected=error.expected, got=error.got, remedy=error.remedy) from error
    task.jobs.measure({"quarantine_blocks": 0})


def _may_be_due(task: Task) -> bool:
    """Whether an ended epoch is not settled by what was measured last; the lake is opened only then."""
    clock, final = task.shop.settings.clock, task.jobs.measured().get("lake_final_time_seconds")
    last = task.store.journal.last_epoch()
    following = clock.first if last is None else Epoch(last + 1)
    if final is None:
        return False  # nothing is indexed yet
    return final.value >= clock.end_of(following) or bool(task.store.journal.missing_epochs(clock.first))


def publish(task: Task) -> int:
    """Vote for what is settled, activate what is due; without a key, say what would be sent."""
    from settlement.flows.publish import Publisher

    if not task.shop.is_voted_on:
        return task.position
    with ChainAccess(task.shop.settings) as chain:
        sender = chain.sender(task.store.journal.intents)
        store = task.store
        publisher = Publisher(chain.distributor, sender, store.journal, store.artifacts, store.peers.find)
        if sender.is_dry:
            for step in publisher.publish():
                task.say(f"epoch {step.epoch}: would be {step.action} (no key: a dry run)")
            return task.position
        with task.store.journal.lock_settlement():
            for step in publisher.publish():
                task.say(f"epoch {step.epoch}: {step.action}")
    return task.position


def audit(task: Task) -> int:
    """Prove one piece of the stored blocks again, the oldest ones after the newest."""
    from indexer.flows.runs.audit import audit as audit_range

    shop, wanted = task.shop, ingest_settings(task.shop.settings, None)
    with shop.lake() as lake:
        head = lake.finalized_head()
        if head is None:
            return task.position
        first = max(task.position, wanted.start_block)
        if first > head.number:
            first = wanted.start_block
        last = BlockNumber(min(head.number, first + AUDITED_BLOCKS - 1))
        report = audit_range(shop.nodes, lake, wanted, BlockRange(BlockNumber(first), last))
    if report.differences:
        row = report.differences[0]
        raise UnsoundError(
            f"stored rows differ from the chain in {row.table}; they were replaced",
            expected=row.expected,
            got=row.got,
            where=f"block {row.block}",
            remedy="run `pozk verify`: settled epochs may be wrong",
        )
    return next_block(last)


def compact(task: Task) -> int:
    """Merge the small files of the lake and remove those that nobody needs any more; collect this process's garbage."""
    with task.shop.lake() as lake:
        lake.merge_small_files()
    gc.collect()  # by itself that comes after hundreds of millions of objects: a command ends before
    return task.position


def mirror(task: Task) -> int:
    """Copy the bundles of settled epochs to each mirror; the newest one is read back each time."""
    from pathlib import PurePosixPath

    from settlement.adapters.store.bundle import PublishedBundle
    from settlement.flows.bundles import mirror_bundle

    places, last = task.shop.settings.run.mirrors, task.store.journal.last_epoch()
    if not places or last is None:
        return task.position
    first = max(task.shop.settings.clock.first, min(task.position, last))
    for epoch in map(Epoch, range(first, last + 1)):
        source = task.store.artifacts.load_epoch(epoch)
        for place in places:
            target = PublishedBundle(f"{place.rstrip('/')}/{PurePosixPath(source.url).name}")
            mirror_bundle(source, target, with_dump=False, start=task.store.start)
    return last


def distribute(task: Task) -> int:
    """Claim for every account that is owed enough and more than its gas, within the day's gas."""
    with ChainAccess(task.shop.settings, "relayer") as chain:
        return _distribute_on(task, chain)


def _distribute_on(task: Task, chain: ChainAccess) -> int:
    from settlement.adapters.lake.claims_seen import LakeClaims
    from settlement.flows.distribute import distribute_claims

    settings = task.shop.settings
    if chain.signer is None or not task.shop.is_voted_on:
        return task.position
    last, active = task.store.journal.last_epoch(), chain.distributor.latest_active()
    if active is None or last is None or last < active[0]:
        return task.position  # nothing is active, or we are behind: what is owed then is not known here yet
    sender = chain.sender(task.store.journal.intents)
    left = settings.run.gas_per_day - task.store.journal.intents.gas_since("distribute", 86_400)
    if left <= 0:
        task.say("the day's gas for distribution is spent")
        return task.position
    with task.store.journal.lock_settlement():
        outcome = distribute_claims(
            chain.distributor,
            sender,
            task.store.journal,
            task.store.artifacts,
            LakeClaims(task.store.lake, settings.contracts.distributor),
            settings.run.batch,
            left,
            task.say,
            settings.run.dust_wei,
            Worth(settings.run.prices, settings.run.worth_percent),
        )
    unpaid = outcome.left - outcome.unworthy
    task.jobs.measure({"claims_unpaid": unpaid, "claims_behind": int(unpaid > 0), "claims_unworthy": outcome.unworthy})
    return task.position


def backup(task: Task) -> int:
    """Make the day's backup if there is none yet, restore it elsewhere, and let older ones go."""
    from settlement.entry.service.backup import make_backup_of_day

    made = make_backup_of_day(task.shop.settings)
    if made is not None:
        task.say(f"backup {made.name}: written, restored elsewhere and verified")
    return task.position


def measure(task: Task) -> int:
    """Read what the contracts and this host say, for probes, metrics and status."""
    from settlement.entry.service.measuring import chain_values, host_values

    values, said = host_values(task.store)
    task.jobs.measure(values, said)
    if task.shop.is_voted_on:
        with ChainAccess(task.shop.settings) as chain, ChainAccess(task.shop.settings, "relayer") as relayer:
            values, said = chain_values(task.store, chain, relayer)
        task.jobs.measure(values, said)
    return task.position


WORK: Mapping[str, Callable[[Task], int]] = {
    "follow": follow,
    "settle": settle,
    "publish": publish,
    "distribute": distribute,
    "audit": audit,
    "compact": compact,
    "mirror": mirror,
    "backup": backup,
    "measure": measure,
}
"""What each job does; it returns where the job is now."""
