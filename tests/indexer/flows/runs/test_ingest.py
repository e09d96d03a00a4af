"""How blocks come into the lake, over played nodes and a played lake; real ones in `test_ingest_anvil.py`."""

import pytest

from indexer.flows.runs.ingest import IngestReport, ingest
from indexer.rules.consensus.header import header_columns
from indexer.rules.proof.checkpoints import CheckpointFault
from indexer.rules.proof.reorg import FinalReorgFault
from indexer.words.blocks import BlockRef
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.faults import NodeFault, RangeFault, UnreachableFault
from tests.support.played_indexing import PlayedLake, PlayedNode, PlayedPool, ref_of, settings_of, small_chain

FINAL = 8
"""The newest final block of the chain of twelve."""


@pytest.fixture
def chain():
    return small_chain(12)


@pytest.fixture
def pool(chain):
    return PlayedPool([PlayedNode(chain)])


@pytest.fixture
def lake():
    return PlayedLake()


def fork_of(depth, blocks=12):
    other = small_chain(blocks)
    other.reorganise(depth, depth)
    return other


@pytest.mark.parametrize("level", ["receipts", "bloom", "none"])
def test_ingest__new_lake__every_final_block_and_log_and_no_other(pool, lake, level):
    assert ingest(pool, lake, settings_of(level)) == IngestReport(0, FINAL, 3, 0)
    assert lake.numbers() == list(range(FINAL + 1))
    assert lake.numbers("stake_changed") == [0, 3, 6]


def test_ingest__by_quorum__both_nodes_are_named_in_the_ledger(chain, lake):
    pool = PlayedPool([PlayedNode(chain, "one"), PlayedNode(chain, "two")])
    ingest(pool, lake, settings_of("quorum:2"))
    assert [(row["level"], row["source"]) for row in lake.rows["coverage"]] == [("quorum:2", "one two")]


def test_ingest__a_new_lake__says_what_it_was_filled_for(pool, lake):
    ingest(pool, lake, settings_of())
    identity = {row["key"]: row["value"] for row in lake.rows["identity"]}
    assert identity == settings_of().identity() | {"start": "the first block"}


def test_ingest__the_agreed_head__is_final_in_the_lake_only_with_its_block(pool, lake, chain):
    seen = []
    small = settings_of(max_range=2, commit_blocks=4)
    ingest(pool, lake, small, progress=lambda _: seen.append(lake.finalized_head()))
    assert seen == [None, None, ref_of(chain, FINAL)]


def test_ingest__called_again__commits_nothing(pool, lake):
    ingest(pool, lake, settings_of())
    commits = lake.commits
    assert ingest(pool, lake, settings_of()) == IngestReport(FINAL, FINAL, 0, 0)
    assert lake.commits == commits


def test_ingest__chain_has_grown__goes_on_from_the_cursor(pool, lake, chain):
    ingest(pool, lake, settings_of())
    chain.grow(5)
    assert ingest(pool, lake, settings_of()) == IngestReport(FINAL + 1, FINAL + 5, 2, 0)
    assert lake.numbers() == list(range(FINAL + 6))


def test_ingest__to_a_block__is_tied_to_the_head_by_headers(pool, lake, chain):
    report = ingest(pool, lake, settings_of(), to_block=5)
    assert (report.to_block, report.is_final, lake.finalized_head()) == (5, True, ref_of(chain, 5))


def test_ingest__progress__is_told_after_each_commit(pool, lake):
    told = []
    ingest(pool, lake, settings_of(max_range=2, commit_blocks=4), progress=told.append)
    assert [(each.block, each.to_block) for each in told] == [(3, FINAL), (7, FINAL), (FINAL, FINAL)]


def test_ingest__a_commit_fails__nothing_of_it_is_there_and_the_next_run_goes_on(pool, lake):
    lake.dies_in = 2
    with pytest.raises(RetryLaterError, match="the database is gone"):
        ingest(pool, lake, settings_of(max_range=2, commit_blocks=4))
    stored = lake.numbers()
    assert stored == list(range(len(stored))) != list(range(FINAL + 1))
    lake.dies_in = None
    ingest(pool, lake, settings_of(max_range=2, commit_blocks=4))
    assert lake.numbers() == list(range(FINAL + 1))


def test_ingest__no_longer_the_writer__commits_nothing(pool, lake):
    lake.is_lost = True
    with pytest.raises(RetryLaterError, match="lock was lost"):
        ingest(pool, lake, settings_of())
    assert lake.numbers() == []


def test_ingest__another_indexer_wrote_meanwhile__is_refused(pool, lake):
    stranger = {"number": 0, "hash": b"\x07" * 32, "parent_hash": bytes(32)}
    honest = pool.nodes[0].fetch_receipts

    def written_meanwhile(blocks):
        lake.rows["blocks"] = [stranger]
        return honest(blocks)

    pool.nodes[0].fetch_receipts = written_meanwhile
    with pytest.raises(RetryLaterError, match="another indexer has written to this lake"):
        ingest(pool, lake, settings_of())


@pytest.mark.parametrize("refusal", [RangeFault("too many", max_blocks=3), UnreachableFault("timed out")])
def test_ingest__a_range_is_refused__is_fetched_in_parts(pool, lake, refusal):
    node = pool.nodes[0]
    honest = node.fetch_headers

    def of_few(blocks):
        if len(blocks) > 4:
            raise refusal
        return honest(blocks)

    node.fetch_headers = of_few
    ingest(pool, lake, settings_of())
    assert lake.numbers() == list(range(FINAL + 1))


def test_ingest__one_block_cannot_be_had__its_fault_ends_the_run(pool, lake):
    node = pool.nodes[0]
    honest = node.fetch_receipts

    def without_three(blocks):
        if any(block.number == 3 for block in blocks):
            raise UnreachableFault("no receipts of block 3")
        return honest(blocks)

    node.fetch_receipts = without_three
    with pytest.raises(NodeFault, match="no receipts of block 3"):
        ingest(pool, lake, settings_of())
    assert lake.numbers() == list(range(len(lake.numbers())))


def test_ingest__a_node_lies__the_other_is_asked_and_the_lie_is_kept(chain, lake):
    pool = PlayedPool([PlayedNode(chain, "liar"), PlayedNode(chain, "honest")])
    pool.nodes[0].says["fetch_receipts"] = lambda receipts, _: type(receipts)(receipts.logs, receipts.roots ^ 1)
    pool.nodes[0].says["fetch_raw_receipts"] = lambda _, __: []
    ingest(pool, lake, settings_of())
    assert {(row["node"], row["kind"]) for row in lake.rows["evidence"]} == {("liar", "receipts")}
    assert lake.numbers("stake_changed") == [0, 3, 6]


def test_ingest__the_work_fails__the_evidence_is_kept_all_the_same(pool, lake):
    pool.nodes[0].says["fetch_receipts"] = lambda receipts, _: type(receipts)(receipts.logs, receipts.roots ^ 1)
    pool.nodes[0].says["fetch_raw_receipts"] = lambda _, __: []
    with pytest.raises(NodeFault):
        ingest(pool, lake, settings_of())
    assert lake.rows["evidence"]
    assert lake.numbers() == []


def test_ingest__stored_blocks_are_no_longer_on_the_chain__are_replaced(pool, lake, chain):
    ingest(PlayedPool([PlayedNode(fork_of(6), "gone")]), lake, settings_of(), to_block=7)
    lake.rows["finality"] = []  # the run was killed before it was tied to the head
    ingest(pool, lake, settings_of())
    assert lake.last_block() == ref_of(chain, FINAL)
    assert lake.numbers() == list(range(FINAL + 1))


def test_ingest__a_final_block_was_replaced__stops_with_exit_code_1(pool, lake):
    ingest(PlayedPool([PlayedNode(fork_of(6))]), lake, settings_of())
    with pytest.raises(NodeFault, match="a block that was final has been replaced") as caught:
        ingest(pool, lake, settings_of())
    assert caught.value.exit_code == UnsoundError.exit_code


def test_ingest__a_checkpoint_says_that_a_final_block_is_wrong__is_mended(pool, lake, chain):
    ingest(PlayedPool([PlayedNode(fork_of(6))]), lake, settings_of())
    ingest(pool, lake, settings_of(checkpoints=(ref_of(chain, 8),)))
    assert lake.last_block() == ref_of(chain, FINAL)


def test_ingest__checkpoint_above_the_head__waits_for_it(pool, lake, chain):
    with pytest.raises(RetryLaterError):
        ingest(pool, lake, settings_of(checkpoints=(ref_of(chain, 12),)))
    assert lake.numbers() == []


def test_ingest__checkpoint_is_another_block__is_no_chain_of_ours(pool, lake):
    with pytest.raises(CheckpointFault):
        ingest(pool, lake, settings_of(checkpoints=(BlockRef(5, bytes(32)),)))


def test_ingest__lake_of_other_settings__is_refused(pool, lake):
    ingest(pool, lake, settings_of())
    with pytest.raises(InputError, match="the lake was filled for another length_seconds"):
        ingest(pool, lake, settings_of(length_seconds=60))


def test_ingest__no_final_block_yet__says_from_where_on(pool, lake):
    with pytest.raises(RetryLaterError, match="no final block to start from, expected block 9, got final block 8"):
        ingest(pool, lake, settings_of(start_block=9, vouch_start=True))


def test_ingest__kinds_came_later__are_fetched_for_what_is_stored_and_told(pool, lake):
    few = settings_of(only=tuple(kind for kind in settings_of().protocol.kinds if kind.name != "Claimed"))
    ingest(pool, lake, few)
    told = []
    ingest(pool, lake, settings_of(), say=told.append)
    assert told == [f"fetching Claimed of blocks 0..{FINAL}, stored before"]


def calling_final(chain, number):
    """Return a node that calls a block final, whatever is above it."""
    head = header_columns([chain.blocks[number].block]).head(0)
    return PlayedNode(chain, says={"fetch_head": lambda *_: head})


def test_ingest__finality_falls_back__nothing_is_taken_back_and_another_chain_stops_it():
    chain, lake = small_chain(), PlayedLake()
    ingest(PlayedPool([PlayedNode(chain)]), lake, settings_of())
    for number in (3, 0):
        assert ingest(PlayedPool([calling_final(chain, number)]), lake, settings_of()).to_block == chain.final
        assert lake.finalized_head() == ref_of(chain, chain.final)
    with pytest.raises(FinalReorgFault, match="block 5") as raised:
        ingest(PlayedPool([calling_final(small_chain(seed=2), 5)]), lake, settings_of())
    assert raised.value.exit_code == UnsoundError.exit_code
    assert lake.finalized_head() == ref_of(chain, chain.final)
