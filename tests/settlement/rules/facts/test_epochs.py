import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.words.blocks import BlockRef
from indexer.words.errors import InputError, UnsoundError
from settlement.rules.facts.epochs import EpochBlocks, EpochBounds, EpochClock, compute_epoch_blocks, verify_successor
from settlement.words.errors import EpochUnfinishedError


def ref(number):
    return BlockRef(number, bytes([number]) * 32)


@given(genesis=st.integers(0, 2**40), length=st.integers(1, 10**6), offset=st.integers(0, 10**9))
def test_epoch_of__any_time__lies_between_start_and_end(genesis, length, offset):
    clock = EpochClock(genesis, length, 0)
    epoch = clock.epoch_of(genesis + offset)
    assert clock.start_of(epoch) <= genesis + offset < clock.end_of(epoch)


def test_epoch_of__before_genesis__is_refused():
    with pytest.raises(ValueError, match="genesis 10"):
        EpochClock(10, 5, 0).epoch_of(9)


def test_compute_epoch_blocks__blocks_inside__are_first_and_reference():
    blocks = compute_epoch_blocks(1, EpochBounds(ref(4), ref(5), ref(9), ref(10)))
    assert blocks == EpochBlocks(ref(5), ref(9), is_empty=False)


def test_compute_epoch_blocks__no_block_inside__repeats_the_one_before():
    blocks = compute_epoch_blocks(1, EpochBounds(ref(4), ref(5), ref(4), ref(5)))
    assert blocks == EpochBlocks(ref(4), ref(4), is_empty=True)


def test_compute_epoch_blocks__nothing_after_the_end__is_unfinished():
    with pytest.raises(EpochUnfinishedError):
        compute_epoch_blocks(1, EpochBounds(ref(4), ref(5), ref(9), None))


def test_compute_epoch_blocks__empty_with_nothing_before__is_a_wrong_configuration():
    with pytest.raises(InputError):
        compute_epoch_blocks(0, EpochBounds(None, ref(1), None, ref(1)))


def test_verify_successor__gap_to_the_previous_report__is_unsound():
    verify_successor(1, EpochBlocks(ref(5), ref(9), is_empty=False), ref(4))
    verify_successor(1, EpochBlocks(ref(4), ref(4), is_empty=True), ref(4))
    with pytest.raises(UnsoundError):
        verify_successor(1, EpochBlocks(ref(6), ref(9), is_empty=False), ref(4))
    with pytest.raises(UnsoundError):
        verify_successor(1, EpochBlocks(ref(4), ref(4), is_empty=True), ref(3))
