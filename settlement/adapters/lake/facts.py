"""The facts of epochs, aggregated by SQL in the lake: `sql/protocols`, one file a step."""

from contextlib import ExitStack

from indexer.adapters.store.lake import Lake
from indexer.words.levels import RECEIPTS, Level
from indexer.words.quantities import BlockNumber, Epoch, Hash32
from settlement.adapters.lake.duckdb_engine import DuckdbEngine
from settlement.adapters.lake.epoch_blocks import block_table
from settlement.adapters.lake.epoch_reading import EpochReader, LakeEpoch
from settlement.adapters.lake.fact_rows import read_choice
from settlement.adapters.lake.lake_snapshot import LakeEngine
from settlement.adapters.lake.stake_bases import FolderStakeBases
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.rules.facts.epochs import EpochBlocks, EpochClock
from settlement.words.records import KeptStakes


class LakeFacts:
    """Reads epochs out of a lake, each from a state of its own, on a connection of its own; it remembers nothing.

    `level` is how the logs of an epoch must have been proven complete. `bases` are
    the kept sums of stake changes; without them every epoch is read from the whole history of stakes. `all_shards`:
    every row of the aggregates is held against a second reading, not one shard of 256. `engine` aggregates in the place
    of DuckDB.
    """

    def __init__(
        self,
        lake: Lake,
        clock: EpochClock,
        level: Level = RECEIPTS,
        bases: FolderStakeBases | None = None,
        *,
        all_shards: bool = False,
        engine: LakeEngine | None = None,
    ) -> None:
        self._engine, self._clock, self._all_shards = engine or DuckdbEngine(lake), clock, all_shards
        self._bases, self._reader = bases, EpochReader(level, bases)

    def load_blocks(self, epoch: Epoch) -> EpochBlocks:
        """Return the first and the reference block; EpochUnfinishedError while the epoch has not ended."""
        with self._engine.pin() as steps:
            return block_table(steps, self._clock).blocks_of(epoch)

    def load_facts(self, epoch: Epoch, *, since: KeptStakes | None = None, apart: bool = False) -> LakeEpoch:
        """Return a finished epoch with everything that its settlement reads; whoever asked for it closes it.

        `since` lets it begin with the stakes that were kept with the epoch before, byte for byte. All of it
        is read a second time without the engine: UnsoundError where both differ, or the files are not what they were.
        A lease holds the files until it is closed. `apart`: its rows are left in parts, where the engine can do that.
        """
        with ExitStack() as undo:
            steps = undo.enter_context(self._engine.pin())
            table = block_table(steps, self._clock)
            blocks = table.blocks_of(epoch)  # asked first: as a rule the next epoch has not ended
            from settlement.adapters.lake.second_check import SecondCheck

            steps.lake.hold_snapshot()
            steps.lake.use_all_cores()
            second = SecondCheck(steps, self._clock, all_shards=self._all_shards)
            reading = self._reader.read(table, epoch, blocks, since, second, apart=apart)
            undo.pop_all()
        return reading

    def load_open_facts(self) -> LakeEpoch:
        """Return the epoch of the newest finalized block, as if it ended with that block; to be closed likewise."""
        with ExitStack() as undo:
            steps = undo.enter_context(self._engine.pin())
            steps.lake.use_all_cores()
            table = block_table(steps, self._clock)
            reading = self._reader.read(table, *table.open_blocks(), None, None)
            undo.pop_all()
        return reading

    def forget_stakes(self) -> None:
        """Forget the stakes that were kept."""
        if self._bases is not None:
            self._bases.clear()

    def last_block(self) -> BlockNumber | None:
        """Return the newest finalized block that is indexed, None before the first."""
        with self._engine.pin() as steps:
            head = steps.lake.finalized_head()
            return None if head is None else head.number

    def load_choice_in_force(self) -> RulesetChoice | None:
        """Return the RulesetSet in force in the epoch of the newest finalized block, None if there is none."""
        with self._engine.pin() as steps:
            head = block_table(steps, self._clock).newest()
            epoch = self._clock.epoch_of(max(head["timestamp"], self._clock.genesis))
            return read_choice(steps, {"epoch": epoch, "reference_block": head["number"]})

    def load_proposed_root(self, epoch: Epoch) -> tuple[Hash32, Hash32] | None:
        """Return (root, report hash) that the committee proposed last and nobody vetoed; None without one."""
        with self._engine.pin() as steps:
            finalized = block_table(steps, self._clock).finalized
            rows = steps.rows("proposed_root", {"epoch": epoch, "finalized": finalized})
            return (Hash32(rows[0]["root"]), Hash32(rows[0]["report_hash"])) if rows else None
