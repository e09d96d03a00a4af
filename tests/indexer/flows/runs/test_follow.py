"""The newest blocks, over played nodes and a played lake; whole reorganisations in `tests/simulation/test_reorg.py`."""

import pytest

from indexer.flows.runs.follow import FollowReport, follow, follow_once
from indexer.flows.runs.ingest import ingest
from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.faults import NodeFault, SettingFault, UnreachableFault
from tests.support.played_indexing import PlayedLake, PlayedNode, PlayedPool, ref_of, settings_of, small_chain


@pytest.fixture
def chain():
    return small_chain(12)


@pytest.fixture
def pool(chain):
    return PlayedPool([PlayedNode(chain)])


@pytest.fixture
def lake(pool):
    """A lake that holds the final blocks 0 to 8."""
    lake = PlayedLake()
    ingest(pool, lake, settings_of())
    return lake


def step(pool, lake, **changes):
    return follow_once(pool, lake, settings_of(**changes))


def test_follow_once__behind_the_newest_block__appends_up_to_it(pool, lake, chain):
    assert step(pool, lake) == FollowReport(ref_of(chain, 12), 4, 0)
    assert lake.numbers() == list(range(13))
    assert lake.numbers("stake_changed") == [0, 3, 6, 9, 12]


def test_follow_once__new_blocks__are_not_final(pool, lake, chain):
    step(pool, lake)
    assert lake.finalized_head() == ref_of(chain, 8)


def test_follow_once__nothing_new__commits_nothing(pool, lake, chain):
    step(pool, lake)
    commits = lake.commits
    assert step(pool, lake) == FollowReport(ref_of(chain, 12), 0, 0)
    assert lake.commits == commits


def test_follow_once__the_chain_has_grown__what_became_final_is_noted(pool, lake, chain):
    step(pool, lake)
    chain.grow(2)
    step(pool, lake)
    assert lake.finalized_head() == ref_of(chain, 10)


@pytest.mark.parametrize(("depth", "grown"), [(1, 1), (1, 3), (3, 4), (4, 5)])
def test_follow_once__newest_blocks_were_replaced__the_others_take_their_place(pool, lake, chain, depth, grown):
    step(pool, lake)
    chain.reorganise(depth, grown)
    report = step(pool, lake)
    assert report.replaced == depth
    assert lake.last_block() == ref_of(chain, chain.height)
    assert lake.numbers() == list(range(chain.height + 1))


def test_follow_once__a_fork_shorter_than_what_is_stored__changes_nothing(pool, lake, chain):
    step(pool, lake)
    stored = lake.last_block()
    chain.reorganise(3, 2)
    assert step(pool, lake) == FollowReport(stored, 0, 0)


def test_follow_once__a_node_that_lags__changes_nothing(pool, lake):
    step(pool, lake)
    pool.nodes[0].chain = small_chain(12)
    pool.nodes[0].chain.blocks = pool.nodes[0].chain.blocks[:11]
    assert step(pool, lake).added == 0
    assert lake.numbers() == list(range(13))


def test_follow_once__the_first_node_lags__another_that_is_further_is_asked(pool, lake, chain):
    chain.grow(3)
    pool.nodes = [PlayedNode(small_chain(12), "lags"), PlayedNode(chain, "newest")]
    step(pool, lake)
    assert step(pool, lake).head == ref_of(chain, 15)


def test_follow_once__many_new_blocks__as_many_as_one_question_may_hold(pool, lake, chain):
    assert step(pool, lake, max_range=2).head == ref_of(chain, 10)


def test_follow_once__a_final_block_was_replaced__stops_with_exit_code_1(pool, lake):
    fork = small_chain(12)
    fork.reorganise(6, 6)
    pool.nodes = [PlayedNode(fork)]
    with pytest.raises(NodeFault, match="a block that was final has been replaced") as caught:
        step(pool, lake)
    assert caught.value.exit_code == UnsoundError.exit_code
    assert lake.numbers() == list(range(9))


def test_follow_once__nothing_is_stored__index_first(pool):
    with pytest.raises(RetryLaterError, match=r"no final block to follow from; run pozk index first"):
        step(pool, PlayedLake())


def test_follow_once__the_commit_fails__what_was_stored_is_still_there(pool, lake, chain):
    step(pool, lake)
    stored, lake.dies_in = lake.last_block(), lake.commits
    chain.reorganise(2, 3)
    with pytest.raises(RetryLaterError, match="the database is gone"):
        step(pool, lake)
    assert lake.last_block() == stored
    assert lake.numbers() == list(range(13))


def waits(times):
    left = iter([True] * times)
    return lambda: next(left, False)


def test_follow__until_it_is_told_to_stop__a_step_each_time(pool, lake):
    steps = []
    follow(pool, lake, settings_of(), wait=waits(2), step=steps.append)
    assert [each.added for each in steps] == [4, 0, 0]


def test_follow__nodes_fail_for_a_while__is_told_and_goes_on(pool, lake):
    pool.nodes[0].fails["fetch_head"] = [UnreachableFault("no answer")] * 2
    steps, troubles = [], []
    follow(pool, lake, settings_of(), wait=waits(1), step=steps.append, trouble=troubles.append)
    assert ([error.what for error in troubles], [each.added for each in steps]) == (["no answer"], [4])


def test_follow__a_wrong_setting__is_raised(pool, lake):
    pool.nodes[0].fails["fetch_head"] = [SettingFault("no such tag")] * 9
    with pytest.raises(SettingFault):
        follow(pool, lake, settings_of(), wait=waits(5))
