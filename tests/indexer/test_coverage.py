import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.rules.coverage import Covered, first_gap, level_rank
from indexer.words.blocks import BlockRange

LEVELS = ["none", "bloom", "quorum:2", "receipts"]
RANGES = st.tuples(st.integers(0, 30), st.integers(0, 10)).map(lambda pair: BlockRange(pair[0], sum(pair)))


@given(st.lists(st.builds(Covered, RANGES, st.sampled_from(LEVELS)), max_size=8), RANGES, st.sampled_from(LEVELS))
def test_first_gap__any_ledger__first_block_that_nothing_good_enough_covers(ledger, wanted, level):
    def is_covered(number):
        good = [each.blocks for each in ledger if LEVELS.index(each.level) >= LEVELS.index(level)]
        return any(blocks.from_block <= number <= blocks.to_block for blocks in good)

    missing = [number for number in range(wanted.from_block, wanted.to_block + 1) if not is_covered(number)]
    assert first_gap(ledger, wanted, level) == (missing[0] if missing else None)


@pytest.mark.parametrize("level", ["", "quorum", "quorum:", "quorum:0", "quorum:x", "receipts:1", "all"])
def test_level_rank__no_level__refused(level):
    with pytest.raises(ValueError, match="expected receipts"):
        level_rank(level)
