import pytest

from indexer.rules.nodes.sizing import (
    TARGET_LOGS,
    BatchSize,
    RangeSize,
    after_answer,
    after_refusal,
    batch_after_answer,
    batch_after_refusal,
)


@pytest.mark.parametrize(("asked", "named", "blocks"), [(100, None, 50), (100, 30, 30), (100, 100, 50), (1, None, 1)])
def test_after_refusal__with_and_without_a_number__that_or_the_half(asked, named, blocks):
    assert after_refusal(RangeSize(100, 1000), asked, named).blocks == blocks


def test_after_refusal__named_limit__never_exceeded_again():
    size = after_refusal(RangeSize(100, 1000), 100, 40)
    for _ in range(10):
        size = after_answer(size, size.blocks, 0)
    assert size.blocks == 40


def test_after_answer__small_answers__doubled_up_to_the_most():
    size = RangeSize(100, 1000)
    seen = []
    for _ in range(5):
        size = after_answer(size, size.blocks, 10)
        seen.append(size.blocks)
    assert seen == [200, 400, 800, 1000, 1000]


def test_after_answer__dense_answer__towards_the_target():
    assert after_answer(RangeSize(100, 1000), 100, 4 * TARGET_LOGS).blocks == 25
    assert after_answer(RangeSize(1, 1000), 1, 100 * TARGET_LOGS).blocks == 1


def test_after_answer__small_remainder__says_nothing():
    assert after_answer(RangeSize(100, 1000), 3, 0).blocks == 100


def test_batch_after_answer__refused_once__doubles_back_after_every_twenty_answers():
    size = batch_after_refusal(BatchSize(100, 100), 100)
    assert size.calls == 25
    sizes = []
    for _ in range(60):
        size = batch_after_answer(size)
        sizes.append(size.calls)
    assert (sizes[18], sizes[19], sizes[38], sizes[39], sizes[59]) == (25, 50, 50, 100, 100)


def test_batch_after_refusal__single_call__stays_one():
    assert batch_after_refusal(BatchSize(1, 100), 1).calls == 1
