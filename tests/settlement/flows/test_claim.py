"""A claim against a distributor that pays, waits or is short, in memory: the ports are ours, so they may be played."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import to_hex
from settlement.flows.claim import RefusedClaim, claim_account
from settlement.flows.settling.trees import load_tree
from settlement.rules.columns.conversions import amounts_from_ints
from settlement.rules.contracts.refusals import ContractRefusal
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns
from tests.support.played_epochs import PlayedArtifacts, PlayedBundle, PlayedReports
from tests.support.reports import report_of

ACCOUNT, TOKEN, OTHER_TOKEN = b"\x0a" * 20, b"\x01" * 20, b"\x02" * 20
OWED = {TOKEN: 70, OTHER_TOKEN: 9}


def tree():
    accounts = np.frombuffer(ACCOUNT * 2, dtype=np.uint8).reshape(2, 20)
    tokens = np.frombuffer(TOKEN + OTHER_TOKEN, dtype=np.uint8).reshape(2, 20)
    leaves = Leaves(accounts, tokens, amounts_from_ints([*OWED.values()]))
    return TreeColumns(leaves, tree_of(leaves))


ROOT = bytes(tree().tree.root)
SHORT, BROKEN = ContractRefusal("AboveAccepted", passes=True), ContractRefusal("BadProof", passes=False)


class PlayedDistributor:
    """Pays the tokens of `pays` when a claim is sent; `root` is the active one, None before the first."""

    def __init__(self, *pays, root=ROOT, reason=SHORT, is_dry=False):
        self.claimed, self._pays, self._root = dict.fromkeys(OWED, 0), pays, root
        self._reason, self._is_dry, self.sent, self.resolved = reason, is_dry, [], 0

    def fetch_payable(self, _epoch, leaves, _subject):
        return [OWED[leaf.token] if leaf.token in self._pays else 0 for leaf in leaves]

    def fetch_refusal(self, _epoch, leaf):
        return None if leaf.token in self._pays else self._reason

    def latest_active(self):
        return None if self._root is None else (3, self._root)

    def claimed_amounts(self, keys):
        return [self.claimed[token] for _, token in keys]

    def encode_claims(self, _epoch, leaves):
        return [leaf.token for leaf in leaves]

    def resolve_pending(self):
        self.resolved += 1

    def send(self, _purpose, _subject, data):
        if self._is_dry:
            return None
        self.sent.append(data)
        self.claimed |= {token: OWED[token] for token in self._pays}
        return "receipt"


class PlayedTrees(PlayedArtifacts):
    """A store that holds no tree, and takes one only if it `may_write`."""

    def __init__(self, *, may_write=True):
        super().__init__({3: PlayedBundle(b"", None, tree())})
        self.may_write = may_write

    def save_tree(self, epoch, columns):
        if not self.may_write:
            raise RetryLaterError("the store cannot be written")
        super().save_tree(epoch, columns)


def settled(epoch=3, root=ROOT):
    return PlayedReports({epoch: replace(report_of(tree().leaves, epoch, root=to_hex(root)), root=root)})


def claim(distributor, account=ACCOUNT, journal=None, artifacts=None):
    return claim_account(distributor, distributor, journal or settled(), artifacts or PlayedTrees(), account)


def test_claim_account__all_paid__says_so_and_then_nothing_is_left():
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    assert claim(distributor).paid == tuple(OWED.items())
    assert claim(distributor) is None


def test_claim_account__before_it_asks_what_is_owed__what_is_open_is_resolved():
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    claim(distributor)
    assert distributor.resolved == 1


def test_claim_account__part_was_paid_before__the_rest_is_paid():
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    distributor.claimed[TOKEN] = 69
    assert claim(distributor).paid == ((TOKEN, 1), (OTHER_TOKEN, 9))


def test_claim_account__treasury_short_of_one_token__the_other_is_paid_and_it_is_told_what_is_owed_and_why():
    distributor = PlayedDistributor(TOKEN)
    outcome = claim(distributor)
    assert (outcome.paid, distributor.sent) == (((TOKEN, 70),), [[TOKEN]])
    assert outcome.refused == (RefusedClaim(ACCOUNT, OTHER_TOKEN, 9, SHORT),)


def test_claim_account__all_refused__nothing_is_sent():
    distributor = PlayedDistributor(reason=BROKEN)
    outcome = claim(distributor)
    assert (outcome.paid, outcome.receipt, distributor.sent) == ((), None, [])
    assert [refused.reason for refused in outcome.refused] == [BROKEN, BROKEN]


def test_claim_account__refused_a_moment_ago_and_no_more__says_to_call_again():
    (refused, _) = claim(PlayedDistributor(reason=None)).refused
    assert refused.reason == ContractRefusal("nothing any more: call again", passes=True)


def test_claim_account__dry_run__says_what_it_would_pay():
    distributor = PlayedDistributor(TOKEN, is_dry=True)
    outcome = claim(distributor)
    assert (outcome.paid, outcome.refused, outcome.receipt, distributor.sent) == (((TOKEN, 70),), (), None, [])


def test_claim_account__nothing_is_owed__is_nothing():
    assert claim(PlayedDistributor(TOKEN), account=b"\x0b" * 20) is None


def test_claim_account__no_active_root__retry_later():
    with pytest.raises(RetryLaterError, match="no root is active yet"):
        claim(PlayedDistributor(root=None))


def test_claim_account__no_active_root_and_nothing_owed__is_nothing():
    assert claim(PlayedDistributor(root=None), account=b"\x0b" * 20) is None
    assert claim(PlayedDistributor(root=None), journal=PlayedReports()) is None


def test_claim_account__another_root_is_active__stops_and_sends_nothing():
    distributor = PlayedDistributor(TOKEN, root=bytes(32))
    with pytest.raises(UnsoundError, match="the active root of epoch 3 is not the one settled here"):
        claim(distributor)
    assert distributor.sent == []


def test_claim_account__active_epoch_is_not_settled_here__is_refused():
    with pytest.raises(InputError, match="epoch 3 is not settled"):
        claim(PlayedDistributor(TOKEN), journal=settled(epoch=2))


def test_claim_account__stored_tree_is_another__stops():
    with pytest.raises(UnsoundError, match="the stored tree of epoch 3 does not have its root"):
        claim(PlayedDistributor(TOKEN), journal=settled(root=bytes(32)))


def test_load_tree__none_is_stored__is_built_of_the_leaves_and_stored():
    store = PlayedTrees()
    assert load_tree(settled(), store, 3).tree.root == ROOT
    assert store.trees[3].tree.root == ROOT


def test_load_tree__nothing_can_be_written__is_built_all_the_same():
    store = PlayedTrees(may_write=False)
    assert load_tree(settled(), store, 3).tree.root == ROOT
    assert store.trees == {}


def others(change):
    """Return the leaves with a change to each of their columns."""
    leaves = tree().leaves
    return Leaves(change(leaves.account), change(leaves.token), change(leaves.cumulative))


HIDDEN = {
    "somebody else's": replace(others(np.copy), account=tree().leaves.account ^ np.array([[0], [1]], dtype=np.uint8)),
    "in another order": others(lambda column: column[::-1]),
}


@pytest.mark.parametrize("hidden", HIDDEN)
def test_claim_account__a_stored_leaf_that_is_not_found__stops_where_nothing_would_be_owed(hidden):
    store = PlayedTrees()
    store.trees[3] = TreeColumns(HIDDEN[hidden], tree().tree)
    with pytest.raises(UnsoundError, match=r"after epoch 3 are not those of its report.*settle --epoch 3"):
        claim(PlayedDistributor(TOKEN), artifacts=store)
