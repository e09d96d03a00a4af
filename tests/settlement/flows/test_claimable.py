"""What may be claimed now: pure decisions over what the chain said."""

import pytest

from indexer.words.quantities import BlockNumber, Epoch
from settlement.flows.claim import AccountProofs
from settlement.flows.claimable import Provable, decide_claim, find_provable
from settlement.rules.entitlements.tree_layout import LeafProof
from settlement.words.claim_state import ChainMoment, ClaimState
from settlement.words.records import RootOnChain

WHO, TOKEN, OTHER = b"\x01" * 20, b"\x02" * 20, b"\x03" * 20
OURS, THEIRS = b"\xaa" * 32, b"\xbb" * 32
NONE = RootOnChain("none", b"\0" * 32, b"\0" * 32, 0)
PENDING = RootOnChain("pending", OURS, b"\0" * 32, 1_700)


def moment_of(active=None, settled=NONE):
    return ChainMoment(BlockNumber(9), 1_000, active, Epoch(3), settled)


def proofs_of(epoch, **amounts):
    tokens = {"token": TOKEN, "other": OTHER}
    return AccountProofs(
        Epoch(epoch), OURS, tuple(LeafProof(WHO, tokens[name], amount, ()) for name, amount in amounts.items())
    )


def state_of(paid=None, **moment):
    return ClaimState(moment_of(**moment), paid or {}, WHO, is_contract=False)


def test_find_provable__our_root_is_active__proves_against_it():
    assert find_provable(moment_of((Epoch(2), OURS)), {Epoch(2): OURS}, {}, None) == Provable(Epoch(2))


def test_find_provable__no_root_active__proves_against_none():
    assert find_provable(moment_of(), {Epoch(2): OURS}, {}, None) == Provable(None)


def test_find_provable__another_root_was_accepted__serves_the_accepted_one_before_and_says_so_loudly():
    found = find_provable(moment_of((Epoch(2), THEIRS)), {Epoch(1): OURS, Epoch(2): OURS}, {Epoch(1): OURS}, None)
    assert found.epoch == 1
    assert found.disagreement.startswith(f"WARNING: the committee accepted root 0x{THEIRS.hex()} of epoch 2")
    assert f"0x{OURS.hex()}" in found.disagreement


def test_find_provable__a_bundle_of_the_accepted_root_is_kept__proves_it_and_warns_all_the_same():
    found = find_provable(moment_of((Epoch(2), THEIRS)), {Epoch(2): OURS}, {}, THEIRS)
    assert (found.epoch, found.root) == (2, THEIRS)
    assert "WARNING" in found.disagreement


def test_find_provable__active_epoch_is_not_settled_here__is_a_lag_and_no_disagreement():
    found = find_provable(moment_of((Epoch(2), THEIRS)), {Epoch(1): OURS}, {Epoch(1): OURS}, None)
    assert (found.epoch, found.disagreement) == (1, None)
    assert "not settled here yet" in found.lag


def test_decide_claim__part_was_paid__offers_the_rest_and_says_what_comes():
    found = decide_claim(
        WHO, proofs_of(2, token=10, other=4), proofs_of(1, token=7, other=4), Provable(Epoch(1)),
        state_of({TOKEN: 5, OTHER: 4}, active=(Epoch(1), OURS)), None,
    )  # fmt: skip
    rows = {
        each.token: (each.entitled, each.active, each.paid, each.claimable, each.claimable_next)
        for each in found.tokens
    }
    assert rows == {TOKEN: (10, 7, 5, 2, 3), OTHER: (4, 4, 4, 0, 0)}
    assert [leaf.token for leaf in found.payable] == [TOKEN], "never a claim of 0"
    assert found.reason is None


@pytest.mark.parametrize(
    ("settled", "active", "provable", "state", "trouble", "says"),
    [
        (None, None, Provable(None), state_of(), None, "no epoch is settled yet"),
        (proofs_of(2), None, Provable(None), state_of(), None, "nothing is owed to this account up to epoch 2"),
        (proofs_of(2, token=5), None, Provable(None), state_of(), None, "no root is active yet"),
        (proofs_of(2, token=5), None, Provable(None), state_of(settled=PENDING), None, "from time 1700 on"),
        (proofs_of(2, token=5), proofs_of(2, token=5), Provable(Epoch(2)), state_of({TOKEN: 5}), None, "all of it was"),
        (proofs_of(2, token=5), proofs_of(1, token=3), Provable(Epoch(1)), state_of({TOKEN: 3}), None, "with the next"),
        (proofs_of(2, token=5), None, Provable(None), None, "the chain cannot be asked now: x", "cannot be asked"),
        (proofs_of(2, token=5), None, Provable(None, disagreement="WARNING: y"), state_of(), None, "WARNING: y"),
    ],
)
def test_decide_claim__nothing_to_claim__says_why(settled, active, provable, state, trouble, says):
    found = decide_claim(WHO, settled, active, provable, state, trouble)
    assert found.payable == ()
    assert says in found.reason
