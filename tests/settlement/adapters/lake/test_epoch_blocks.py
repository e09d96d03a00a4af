import pyarrow as pa
import pytest

from indexer.rules.proof.checkpoints import FIRST_BLOCK, format_checkpoint
from indexer.words.blocks import BlockRef
from indexer.words.errors import InputError, RetryLaterError
from settlement.adapters.lake.facts import LakeFacts
from settlement.words.errors import EpochUnfinishedError
from tests.settlement.adapters.events import (
    GENESIS,
    LENGTH,
)
from tests.settlement.adapters.lake.governed import CLOCK, governed_chain, load
from tests.settlement.readings import facts_of

pytestmark = pytest.mark.database


def test_load_facts__blocks_before_genesis__belong_to_the_first_epochs_digest(lake):
    chain = governed_chain(start=GENESIS - 50)
    facts = load(chain, lake, 0)
    assert facts.events.numbers.tolist() == [0]
    assert facts.blocks.first_block.number == 5


def test_load_facts__epoch_without_blocks__repeats_the_previous_reference_block(lake):
    chain = governed_chain().mine_until(GENESIS + LENGTH - 10)
    last = chain.blocks[-1]["number"]
    chain.mine(timestamp=GENESIS + 2 * LENGTH)
    chain.mine(timestamp=GENESIS + 3 * LENGTH).store(lake)
    facts = facts_of(LakeFacts(lake, CLOCK), 1)
    assert facts.blocks.is_empty
    assert facts.blocks.first_block.number == facts.blocks.reference_block.number == last
    assert facts.events.numbers.tolist() == []


def test_load_blocks__no_block_for_many_epochs__finds_the_blocks_on_both_sides(lake):
    chain = governed_chain().mine_until(GENESIS + LENGTH - 10)
    last = chain.blocks[-1]["number"]
    for end in (7, 8):
        chain.mine(timestamp=GENESIS + end * LENGTH)
    chain.store(lake)
    facts = LakeFacts(lake, CLOCK)
    for epoch in (1, 3, 6):
        blocks = facts.load_blocks(epoch)
        assert (blocks.is_empty, blocks.reference_block.number) == (True, last)
    assert facts.load_blocks(7).first_block.number == last + 1


def test_load_blocks__epoch_first_began_below_the_first_stored_block__its_true_first_block(lake):
    chain = governed_chain().mine_until(GENESIS + 2 * LENGTH)
    chain.store(lake)
    opening = BlockRef(0, b"\x07" * 32)
    lake.append("identity", pa.Table.from_pylist([{"key": FIRST_BLOCK, "value": format_checkpoint(opening)}]))
    facts = LakeFacts(lake, CLOCK)
    assert facts.load_blocks(0).first_block == opening
    assert facts.load_blocks(1).first_block != opening


def test_load_facts__epoch_not_ended__says_so(lake):
    chain = governed_chain().mine_until(GENESIS + 2 * LENGTH - 10)
    chain.store(lake)
    facts = LakeFacts(lake, CLOCK)
    facts_of(facts, 0)
    with pytest.raises(EpochUnfinishedError, match="epoch 1 is not finished"):
        facts_of(facts, 1)


def test_load_facts__empty_lake__is_try_again(lake):
    with pytest.raises(RetryLaterError, match="nothing is indexed yet"):
        facts_of(LakeFacts(lake, CLOCK), 0)


def test_load_facts__first_epoch_before_the_chain__is_a_wrong_configuration(lake):
    chain = governed_chain(start=GENESIS + 3 * LENGTH)
    with pytest.raises(InputError, match="ends before the chain begins"):
        load(chain, lake, 0)
