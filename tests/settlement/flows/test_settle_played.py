"""The order of steps in which epochs are settled, over played ports; whole chains are settled in `test_settle.py`."""

import hashlib
from dataclasses import replace

import pytest

from indexer.words.blocks import BlockRef
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from settlement.rules.columns.conversions import amounts_from_ints, amounts_to_ints
from settlement.rules.facts.epoch_facts import Correction, OpeningSum, RulesetChoice
from settlement.rules.facts.epochs import EpochBlocks
from settlement.words.errors import EpochUnfinishedError
from settlement.words.records import KeptStakes
from tests.support.played_epochs import ACCOUNT, TOKEN, PlayedFacts, block_of, played_settler, stakes_of


def epochs_of(settlements):
    return [settlement.facts.epoch for settlement in settlements]


@pytest.fixture
def settled():
    """A settler of three finished epochs, all of them settled."""
    settler = played_settler()
    list(settler.settle_all())
    settler.artifacts.saved.clear()
    return settler


def test_settle_all__finished_epochs__each_once_in_order_and_no_further():
    settler = played_settler(PlayedFacts(finished=3))
    assert epochs_of(settler.settle_all()) == [0, 1, 2]
    assert settler.artifacts.saved == settler.facts.kept == sorted(settler.journal.reports) == [0, 1, 2]


def test_settle_all__an_epoch__adds_to_what_was_owed_before():
    settler = played_settler()
    owed = [amounts_to_ints(settlement.leaves.cumulative) for settlement in settler.settle_all()]
    assert owed == [[5], [10], [15]]


def test_settle_all__called_again__does_nothing(settled):
    assert list(settled.settle_all()) == []
    assert settled.artifacts.saved == []


def test_settle_all__one_more_epoch_has_ended__goes_on_from_the_stored_leaves(settled):
    settled.facts.finished = 4
    (settlement,) = settled.settle_all()
    assert amounts_to_ints(settlement.leaves.cumulative) == [20]


def test_settle_all__grows_a_stored_tree__only_one_whose_every_hash_was_checked(settled):
    settled.facts.finished = 4
    list(settled.settle_all())
    assert settled.artifacts.hashed == [2]


def test_settle_all__after_a_settled_epoch__begins_with_its_kept_stakes(settled):
    settled.facts.finished, settled.facts.begun = 4, []
    list(settled.settle_all())
    assert settled.facts.begun == [(3, KeptStakes(block_of(2, 9), stakes_of(2)))]


def test_settle_all__journal_knows_no_kept_stakes__begins_with_none(settled):
    settled.facts.finished, settled.facts.begun = 4, []
    settled.journal.stakes[2] = None
    list(settled.settle_all())
    assert settled.facts.begun == [(3, None)]


def test_settle_all__dry_run__computes_all_and_stores_nothing():
    settler = played_settler()
    assert epochs_of(settler.settle_all(dry_run=True)) == [0, 1, 2]
    assert (settler.journal.reports, settler.artifacts.saved, settler.facts.kept) == ({}, [], [])


def test_settle_all__no_ruleset_on_chain__the_one_given_for_the_epoch():
    choices = {1: RulesetChoice("paper-v2", "normalize")}
    settler = played_settler()
    list(settler.settle_all(choice_of=lambda epoch: choices.get(epoch, settler.configured)))
    names = [settler.settled_choice(epoch).ruleset for epoch in range(3)]
    assert names == ["paper-v1", "paper-v2", "paper-v1"]


def test_settle_all__first_block_does_not_follow_the_previous_report__stops_before_that_epoch():
    gap = EpochBlocks(block_of(1, 2), block_of(1, 9), is_empty=False)
    settler = played_settler(PlayedFacts(changes={1: {"blocks": gap}}))
    with pytest.raises(UnsoundError, match="epoch 1 does not continue the previous report"):
        list(settler.settle_all())
    assert settler.journal.last_epoch() == 0


def test_settle_all__empty_epoch_on_another_reference_block__stops():
    elsewhere = BlockRef(block_of(0, 9).number, bytes(32))
    settler = played_settler(PlayedFacts(changes={1: {"blocks": EpochBlocks(elsewhere, elsewhere, is_empty=True)}}))
    with pytest.raises(UnsoundError, match="epoch 1 does not continue"):
        list(settler.settle_all())


def test_settle_all__a_promise_is_broken__is_neither_stored_nor_kept():
    settler = played_settler(PlayedFacts(changes={1: {"violations": ("a stake is -1",)}}))
    with pytest.raises(UnsoundError, match="a stake is -1"):
        list(settler.settle_all())
    assert settler.artifacts.saved == settler.facts.kept == [0]


def test_settle_all__stored_leaves_are_others__stops_and_says_how_to_write_them_again(settled):
    leaves = settled.artifacts.load_epoch(2).load_leaves()
    settled.artifacts.alter_leaves(2, replace(leaves, cumulative=amounts_from_ints([16])))
    settled.facts.finished = 4
    with pytest.raises(UnsoundError, match=r"after epoch 2 are not those of its report.*pozk settle --epoch 2"):
        list(settled.settle_all())


def test_settle_all__stored_tree_has_another_root__stops(settled):
    settled.artifacts.trees[2] = settled.artifacts.trees[1]
    settled.facts.finished = 4
    with pytest.raises(UnsoundError, match="the stored tree of epoch 2 does not have its root"):
        list(settled.settle_all())


def test_settle_all__no_tree_is_stored__hashes_the_leaves_anew(settled):
    del settled.artifacts.trees[2]
    settled.facts.finished = 4
    (settlement,) = settled.settle_all()
    assert settlement.root == settled.journal.load_report(3).root


def test_settle_all__report_of_an_older_epoch_is_gone__is_settled_again_to_the_same_bytes(settled):
    gone = settled.journal.reports.pop(1)
    assert epochs_of(settled.settle_all()) == [1]
    assert settled.journal.load_report(1) == gone


def test_settle_all__report_is_gone_and_the_facts_are_others_now__stops_and_stores_nothing(settled):
    del settled.journal.reports[1]
    settled.facts.changes[1] = {"corrections": (Correction(ACCOUNT, TOKEN, 6),)}
    with pytest.raises(UnsoundError, match=r"epoch 1, whose report is gone.*--redo --epoch 1"):
        list(settled.settle_all())
    assert settled.artifacts.saved == []


def test_settle_all__report_is_gone_in_a_dry_run__is_not_stored(settled):
    del settled.journal.reports[1]
    assert epochs_of(settled.settle_all(dry_run=True)) == [1]
    assert 1 not in settled.journal.reports


def test_settle_up_to__an_epoch__settles_all_before_it_and_none_after():
    settler = played_settler()
    assert epochs_of(settler.settle_up_to(1)) == [0, 1]
    assert settler.journal.last_epoch() == 1


def test_settle_up_to__unfinished_epoch__settles_nothing_on_the_way():
    settler = played_settler()
    with pytest.raises(EpochUnfinishedError):
        list(settler.settle_up_to(3))
    assert settler.journal.reports == {}


def test_settle_up_to__below_the_first_epoch__is_a_wrong_input():
    settler = played_settler()
    later = replace(settler, network=replace(settler.network, first=2))
    with pytest.raises(InputError, match="epoch 1 is never settled"):
        list(later.settle_up_to(1))


def test_settle_up_to__settled_epoch__is_computed_again_from_the_whole_history_and_written_again(settled):
    settled.facts.begun = []
    assert epochs_of(settled.settle_up_to(1)) == [1]
    assert (settled.artifacts.saved, settled.facts.begun) == ([1], [(1, None)])


def test_settle_up_to__settled_epoch_gives_other_bytes__stops_and_writes_nothing(settled):
    settled.facts.changes[1] = {"emission": 10**24 + 1}
    with pytest.raises(UnsoundError, match=r"epoch 1 does not settle to its stored report again.*pozk verify"):
        list(settled.settle_up_to(1))
    assert settled.artifacts.saved == []


def test_recompute__epoch_before_is_not_settled__names_the_next_to_settle(settled):
    settled.journal.forget_from(1)
    with pytest.raises(InputError, match="epoch 1 is not settled, expected the newest settled one is 0"):
        settled.recompute(2, settled.configured)


def test_compute__chain_names_opening_balances__pays_those_of_the_file():
    content = TOKEN + ACCOUNT + (7).to_bytes(32, "big")
    named = {"openings": (OpeningSum(TOKEN, 7, hashlib.sha256(content).digest()),)}
    settler = played_settler(PlayedFacts(finished=1, changes={0: named}), opening=content)
    (settlement,) = settler.settle_all()
    assert amounts_to_ints(settlement.leaves.cumulative) == [12]


def test_compute__chain_names_opening_balances_and_there_is_no_file__is_a_wrong_input():
    named = {"openings": (OpeningSum(TOKEN, 7, bytes([1]) * 32),)}
    settler = played_settler(PlayedFacts(finished=1, changes={0: named}))
    with pytest.raises(InputError, match="file of opening balances is missing"):
        list(settler.settle_all())


def test_forget_from__later_than_all_settled__forgets_none(settled):
    assert settled.forget_from(3) == 0


def test_forget_from__nothing_on_chain__forgets_reports_and_kept_stakes(settled):
    assert settled.forget_from(1) == 2
    assert (settled.journal.last_epoch(), settled.facts.kept) == (0, [])


def test_forget_from__our_report_was_proposed__is_refused(settled):
    report = settled.journal.load_report(2)
    settled.facts.proposed[2] = (report.root, report.report_hash)
    with pytest.raises(InputError, match=r"epoch 2 stands on chain.*have it vetoed"):
        settled.forget_from(1)
    assert settled.journal.last_epoch() == 2


def test_forget_from__another_report_was_proposed__ours_may_go(settled):
    settled.facts.proposed[2] = (bytes(32), bytes(32))
    assert settled.forget_from(2) == 1


@pytest.mark.parametrize("seen", [None, 40])
def test_forget_from__lake_behind_our_last_transaction__waits_for_it(settled, seen):
    settled.facts.seen, settled.journal.sent_in = seen, 41
    with pytest.raises(RetryLaterError, match="block 41 finalized and indexed"):
        settled.forget_from(1)


def test_forget_from__leaves_before_are_damaged__forgets_nothing(settled):
    leaves = settled.artifacts.load_epoch(0).load_leaves()
    settled.artifacts.alter_leaves(0, replace(leaves, cumulative=amounts_from_ints([6])))
    with pytest.raises(UnsoundError, match="after epoch 0 are not those of its report"):
        settled.forget_from(1)
    assert settled.journal.last_epoch() == 2
