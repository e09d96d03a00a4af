"""A claim against a distributor that pays, waits or is short, in memory: the ports are ours, so they may be played."""

from types import SimpleNamespace

import numpy as np
import pytest

from indexer.words.errors import RetryLaterError
from settlement.flows.claim import RefusedClaim, claim_account
from settlement.rules.columns.conversions import amounts_from_ints
from settlement.rules.contracts.refusals import ContractRefusal
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns

ACCOUNT, TOKEN, OTHER_TOKEN = b"\x0a" * 20, b"\x01" * 20, b"\x02" * 20
OWED = {TOKEN: 70, OTHER_TOKEN: 9}


def tree():
    accounts = np.frombuffer(ACCOUNT * 2, dtype=np.uint8).reshape(2, 20)
    tokens = np.frombuffer(TOKEN + OTHER_TOKEN, dtype=np.uint8).reshape(2, 20)
    leaves = Leaves(accounts, tokens, amounts_from_ints([*OWED.values()]))
    return TreeColumns(leaves, tree_of(leaves))


SHORT, BROKEN = ContractRefusal("AboveAccepted", passes=True), ContractRefusal("BadProof", passes=False)


class PlayedDistributor:
    """Pays the tokens of `pays` when a claim is sent; `active` is whether it has a root."""

    def __init__(self, *pays, active=True, reason=SHORT):
        self.claimed, self._pays, self._active = dict.fromkeys(OWED, 0), pays, active
        self._reason, self.sent = reason, []

    def fetch_payable(self, _epoch, proofs, _subject):
        return [OWED[proof.token] if proof.token in self._pays else 0 for proof in proofs]

    def fetch_refusal(self, _epoch, proof):
        return None if proof.token in self._pays else self._reason

    def latest_active(self):
        return (3, bytes(tree().tree.root)) if self._active else None

    def claimed_amounts(self, keys):
        return [self.claimed[token] for _, token in keys]

    def encode_claims(self, _epoch, proofs):
        return [proof.token for proof in proofs]

    def resolve_pending(self):
        pass

    def send(self, _purpose, _subject, data):
        self.sent.append(data)
        self.claimed |= {token: OWED[token] for token in self._pays}
        return "receipt"


def claim(distributor):
    journal = SimpleNamespace(
        load_report=lambda _: SimpleNamespace(epoch=3, root=bytes(tree().tree.root)), last_epoch=lambda: 3
    )
    store = SimpleNamespace(load_tree=lambda _: tree())
    return claim_account(distributor, distributor, journal, store, ACCOUNT)


def test_claim_account__all_paid__says_so_and_then_nothing_is_left():
    distributor = PlayedDistributor(TOKEN, OTHER_TOKEN)
    assert claim(distributor).paid == tuple(OWED.items())
    assert claim(distributor) is None


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


def test_claim_account__no_active_root__retry_later():
    with pytest.raises(RetryLaterError, match="no root is active yet"):
        claim(PlayedDistributor(active=False))
