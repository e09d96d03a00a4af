from hypothesis import given
from hypothesis import strategies as st

from indexer.rules.proof.coverage import (
    Covered,
    first_gap,
    kinds_digest,
    lacking,
    read_covered,
)
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRange
from indexer.words.levels import BLOOM, NONE, RECEIPTS, parse_level

LEVELS = [NONE, BLOOM, parse_level("quorum:2"), RECEIPTS]
RANGES = st.tuples(st.integers(0, 30), st.integers(0, 10)).map(lambda pair: BlockRange(pair[0], sum(pair)))


KINDS = st.frozensets(st.sampled_from([b"a", b"b", b"c"]))
LEDGERS = st.lists(st.builds(Covered, RANGES, st.sampled_from(LEVELS), KINDS), max_size=8)


@given(LEDGERS, RANGES, st.sampled_from(LEVELS), KINDS.filter(bool))
def test_first_gap__any_ledger__first_block_that_nothing_good_enough_covers(ledger, wanted, level, kinds):
    def is_covered(number, kind):
        good = [each for each in ledger if LEVELS.index(each.level) >= LEVELS.index(level) and kind in each.kinds]
        return any(each.blocks.from_block <= number <= each.blocks.to_block for each in good)

    numbers = range(wanted.from_block, wanted.to_block + 1)
    missing = [number for number in numbers if not all(is_covered(number, kind) for kind in kinds)]
    assert first_gap(ledger, wanted, level, kinds) == (missing[0] if missing else None)


@given(LEDGERS, RANGES, KINDS)
def test_lacking__any_ledger__every_block_and_kind_that_no_range_has(ledger, wanted, kinds):
    found = {
        (number, kind)
        for ranges, topics in lacking(ledger, wanted, kinds).items()
        for blocks in ranges
        for number in range(blocks.from_block, blocks.to_block + 1)
        for kind in topics
    }
    covered = {
        (number, kind)
        for each in ledger
        for number in range(each.blocks.from_block, each.blocks.to_block + 1)
        for kind in each.kinds
    }
    everything = {(number, kind) for number in range(wanted.from_block, wanted.to_block + 1) for kind in kinds}
    assert found == everything - covered


def test_read_covered__range_that_names_no_kinds__has_those_of_before():
    row = {"from_block": 1, "to_block": 2, "level": "bloom"}
    kinds = [{"digest": "d", "topic0": b"x"}, {"digest": "d", "topic0": b"y"}]
    rows = [row | {"kinds": name} for name in (None, "d", "e")]
    sets = [each.kinds for each in read_covered(rows, kinds, REFERENCE.first_topics)]
    assert sets == [REFERENCE.first_topics, {b"x", b"y"}, frozenset()]
    assert len(REFERENCE.first_topics) == 19


def test_kinds_digest__order_and_repetition__do_not_matter():
    pairs = [(b"a" * 20, b"t" * 32), (b"b" * 20, b"t" * 32)]
    assert kinds_digest(pairs) == kinds_digest([*reversed(pairs), pairs[0]]) != kinds_digest(pairs[:1])
