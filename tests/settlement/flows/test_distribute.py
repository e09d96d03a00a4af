"""A distribution against a distributor that pays some tokens, in memory: the ports are ours, so they may be played."""

from types import SimpleNamespace

import numpy as np
import pytest

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from settlement.flows import distribute as flow
from settlement.flows.distribute import RefusedToken, distribute_claims
from settlement.rules.columns.conversions import amounts_from_ints
from settlement.rules.contracts.refusals import ContractRefusal
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.sending.worth import EVERY_CLAIM, Worth
from settlement.words.intents import FeeMarket
from tests.support.played_epochs import PlayedArtifacts, PlayedReports
from tests.support.reports import report_of

TOKEN, OTHER_TOKEN = b"\x01" * 20, b"\x02" * 20
OWED = {(bytes([who]) * 20, token): who for who in range(1, 6) for token in (TOKEN, OTHER_TOKEN)}
SHORT = ContractRefusal("AboveAccepted", passes=True)


def as_addresses(listed):
    return np.frombuffer(b"".join(listed), dtype=np.uint8).reshape(len(listed), 20)


def tree():
    owners, tokens = zip(*OWED, strict=True)
    leaves = Leaves(as_addresses(owners), as_addresses(tokens), amounts_from_ints([*OWED.values()]))
    return TreeColumns(leaves, tree_of(leaves))


ROOT = bytes(tree().tree.root)
NOTHING = Leaves(as_addresses([]), as_addresses([]), amounts_from_ints([]))


class PlayedDistributor:
    """Pays the tokens of `pays`; a transaction costs 10 gas for each claim, with one proof for all 9."""

    def __init__(self, *pays, root=ROOT, is_dry=False, shared_gas=9):
        self.claimed, self._pays, self.sent = dict.fromkeys(OWED, 0), pays, []
        self._root, self._is_dry, self._shared_gas = root, is_dry, shared_gas
        self.wallet = SimpleNamespace(
            estimate_gas=lambda _purpose, _subject, data: data[0] * len(data[1]), fetch_market=lambda: FeeMarket(7, 3)
        )

    def latest_active(self):
        return None if self._root is None else (3, self._root)

    def claimed_amounts(self, keys):
        return [self.claimed[key] for key in keys]

    def fetch_payable(self, _epoch, leaves, _subject):
        return [leaf.cumulative if leaf.token in self._pays else 0 for leaf in leaves]

    def fetch_refusal(self, _epoch, leaf):
        return None if leaf.token in self._pays else SHORT

    def encode_claims(self, _epoch, leaves):
        return 10, leaves

    def encode_shared_claims(self, _epoch, leaves, _proof):
        return self._shared_gas, leaves

    def resolve_pending(self):
        pass

    def send(self, _purpose, _subject, data):
        if self._is_dry:
            return None
        self.sent.append([leaf.token for leaf in data[1]])
        self.claimed |= {(leaf.account, leaf.token): leaf.cumulative for leaf in data[1] if leaf.token in self._pays}
        return SimpleNamespace(gas_used=data[0] * len(data[1]))


def distribute(distributor, batch=4, gas_budget=0, dust=0, worth=EVERY_CLAIM, seen=NOTHING, epoch=3, told=None):
    journal = PlayedReports({epoch: report_of(tree().leaves, epoch)})
    store = PlayedArtifacts(trees={3: tree()})
    say = ([] if told is None else told).append
    claims = SimpleNamespace(load_paid=lambda: seen)
    return distribute_claims(distributor, distributor, journal, store, claims, batch, gas_budget, say, dust, worth)


def test_distribute_claims__one_token_short__the_other_is_paid_and_what_is_owed_is_told():
    distributor = PlayedDistributor(TOKEN)
    outcome = distribute(distributor)
    assert (outcome.claims, outcome.left) == (5, 5)
    assert {token for sent in distributor.sent for token in sent} == {TOKEN}
    assert outcome.refused == (RefusedToken(OTHER_TOKEN, 5, 15, SHORT),)


def test_distribute_claims__all_refused__nothing_is_sent():
    distributor = PlayedDistributor()
    outcome = distribute(distributor)
    assert (outcome.transactions, outcome.left, distributor.sent) == (0, 10, [])
    assert [(each.token, each.owed) for each in outcome.refused] == [(TOKEN, 15), (OTHER_TOKEN, 15)]


def test_distribute_claims__all_payable__one_proof_for_each_batch_and_nothing_is_left():
    outcome = distribute(PlayedDistributor(TOKEN, OTHER_TOKEN))
    assert (outcome.claims, outcome.transactions, outcome.shared, outcome.gas, outcome.left) == (10, 3, 3, 90, 0)
    assert outcome.refused == ()


def test_distribute_claims__budget_for_one_batch__stops_before_the_next_and_says_what_it_needs():
    outcome = distribute(PlayedDistributor(TOKEN, OTHER_TOKEN), gas_budget=40)
    assert (outcome.claims, outcome.gas, outcome.next_gas, outcome.left) == (4, 36, 36, 6)


def test_distribute_claims__dust__is_left_for_later():
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    assert distribute(distributor, dust=4).claims == 4  # two tokens of the accounts that are owed 4 and 5
    assert {owed for key, owed in OWED.items() if distributor.claimed[key]} == {4, 5}


def test_distribute_claims__called_again__sends_nothing():
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    distribute(distributor)
    distributor.sent.clear()
    assert (distribute(distributor).left, distributor.sent) == (0, [])


def test_distribute_claims__what_final_blocks_show_as_paid__is_not_asked_for_again():
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    asked, claimed = [], distributor.claimed_amounts
    distributor.claimed_amounts = lambda keys: asked.extend(keys) or claimed(keys)
    assert distribute(distributor, seen=tree().leaves).claims == 0
    assert asked == []


def test_distribute_claims__somebody_claimed_meanwhile__only_the_rest_is_sent():
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    mine = (bytes([5]) * 20, TOKEN)
    distributor.claimed[mine] = OWED[mine]
    assert distribute(distributor).claims == 9


def test_distribute_claims__one_proof_for_all_costs_more__each_claim_has_its_own():
    outcome = distribute(PlayedDistributor(TOKEN, OTHER_TOKEN, shared_gas=11))
    assert (outcome.shared, outcome.gas) == (0, 100)


def test_distribute_claims__dry_run__says_what_would_be_paid_by_estimates():
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN, is_dry=True)
    outcome = distribute(distributor)
    assert (outcome.claims, outcome.gas, distributor.sent) == (10, 90, [])


def test_distribute_claims__each_batch__is_told():
    told = []
    distribute(PlayedDistributor(TOKEN, OTHER_TOKEN), told=told)
    assert told[-1] == "10 of 10 claims paid, 90 gas"


def test_distribute_claims__no_active_root__retry_later():
    with pytest.raises(RetryLaterError, match="no root is active yet"):
        distribute(PlayedDistributor(TOKEN, root=None))


def test_distribute_claims__another_root_is_active__stops_and_sends_nothing():
    distributor = PlayedDistributor(TOKEN, root=bytes(32))
    with pytest.raises(UnsoundError, match="the active root of epoch 3 is not the one settled here"):
        distribute(distributor)
    assert distributor.sent == []


def test_distribute_claims__active_epoch_is_not_settled_here__is_refused():
    with pytest.raises(InputError, match="epoch 3 is not settled"):
        distribute(PlayedDistributor(TOKEN), epoch=2)


def test_distribute_claims__some_are_not_worth_their_gas__only_the_others_are_paid(monkeypatch):
    monkeypatch.setattr(flow, "LEAST_GAS", 1)
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    worth = Worth({TOKEN: 60 * 10**18}, 200)  # 9 gas each at 10 wei: twice that is 180 wei, what 3 base units are worth
    outcome = distribute(distributor, worth=worth)
    assert {key for key in OWED if distributor.claimed[key]} == {(bytes([who]) * 20, TOKEN) for who in (3, 4, 5)}
    assert (outcome.claims, outcome.left, outcome.unworthy, outcome.refused) == (3, 7, 7, ())
    again = distribute(distributor, worth=worth)
    assert (again.transactions, again.left, again.unworthy) == (0, 7, 7)


def test_distribute_claims__nothing_can_be_worth_the_least_gas__no_batch_is_even_estimated(monkeypatch):
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    monkeypatch.setattr(distributor.wallet, "estimate_gas", None)
    assert distribute(distributor, worth=Worth({TOKEN: 10**18}, 100)).unworthy == 10
