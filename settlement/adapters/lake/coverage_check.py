"""Whether the blocks that an epoch reads are proven complete, at a level and for every kind that counts."""

from indexer.rules.proof.coverage import Covered, first_gap, lacking, read_covered
from indexer.rules.protocols.protocol import Protocol
from indexer.words.blocks import BlockRange
from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.levels import Level
from indexer.words.quantities import BlockNumber, Epoch
from settlement.ports.engine import Params, Snapshot


def verify_covered(steps: Snapshot, protocol: Protocol, epoch: Epoch, params: Params, level: Level) -> None:
    """Raise UnsoundError unless the ledger covers the epoch's blocks at `level`.

    RetryLaterError where blocks up to its last one were stored before a kind that counts was known.
    """
    first = steps.rows("epochs/first_stored_block", params)[0]["number"]
    wanted = BlockRange(first, BlockNumber(int(params["reference_block"])))
    _verify_kinds(steps, protocol, epoch, wanted.to_block)
    gap = first_gap(
        _load_covered(steps, protocol, wanted.from_block, wanted.to_block), wanted, level, protocol.counted_topics
    )
    if gap is not None:
        raise UnsoundError(
            f"epoch {epoch} is not proven complete",
            expected=f"{wanted} covered at level {level}",
            got=f"block {gap} is not",
            where="lake.coverage",
            remedy="run `pozk index --audit`, or set chain.verify to the level that is there",
        )


def _load_covered(steps: Snapshot, protocol: Protocol, low: int, high: int) -> list[Covered]:
    rows = steps.rows("lake/coverage_ranges", {"low": low, "high": high})
    return read_covered(rows, steps.rows("lake/kinds", {}), protocol.first_topics)


def _verify_kinds(steps: Snapshot, protocol: Protocol, epoch: Epoch, last: BlockNumber) -> None:
    """Raise RetryLaterError where covered blocks up to `last` are not covered for every kind that counts."""
    anywhere = {"from_block": 0, "to_block": 0, "level": "none"}
    names = [row | anywhere for row in steps.rows("lake/coverage_kinds", {"high": last})]
    if all(
        each.kinds >= protocol.counted_topics
        for each in read_covered(names, steps.rows("lake/kinds", {}), protocol.first_topics)
    ):
        return
    ledger = _load_covered(steps, protocol, 0, last)
    stored = BlockRange(min(each.blocks.from_block for each in ledger), last)
    for ranges, topics in lacking(ledger, stored, protocol.counted_topics).items():
        if topics != protocol.counted_topics:  # else the blocks are not covered at all
            raise RetryLaterError(
                f"epoch {epoch} needs kinds of events that were not fetched",
                expected=f"{', '.join(sorted(protocol.by_topic[topic].name for topic in topics))} up to block {last}",
                got=f"none from {ranges[0]}",
                where="lake.coverage",
                remedy="run `pozk index`, which fetches them alone",
            )
