import random

import pytest
from eth_utils.crypto import keccak

from deploy.devnet.plan_words import Name
from deploy.devnet.players import App
from deploy.devnet.proofs import Proof
from deploy.devnet.statements import GenuineStatements, PreimageStatements
from indexer.words.errors import InputError

_POOL = tuple(Proof(bytes([number]), bytes([100 + number])) for number in range(10))
_FIRST, _SECOND = App(Name("first"), "", 0, 5), App(Name("second"), "", 0, 5)


def test_take__genuine__every_statement_once_to_all_apps_of_a_scheme_with_its_own_proof():
    source = GenuineStatements({0: _POOL}, random.Random(1))
    taken = [source.take(app) for app in (_FIRST, _SECOND) for _ in _POOL[::2]]
    assert sorted((one.publics, one.proof) for one in taken) == [(entry.publics, entry.proof) for entry in _POOL]
    assert all(one.wrong_proof != one.proof for one in taken)


def test_take__genuine_pool_used_up__is_refused():
    source = GenuineStatements({0: _POOL[:2]}, random.Random(1))
    source.take(_FIRST)
    source.take(_FIRST)
    with pytest.raises(InputError, match="no genuine proof left, expected at most 2 tasks"):
        source.take(_FIRST)


def test_take__genuine__order_is_the_seeds():
    first, second, other = (GenuineStatements({0: _POOL}, random.Random(seed)) for seed in (1, 1, 2))
    orders = [[source.take(_FIRST).publics for _ in _POOL] for source in (first, second, other)]
    assert orders[0] == orders[1] != orders[2]


def test_take__preimage__publics_are_the_hash_of_the_proof_and_of_no_other():
    source = PreimageStatements(random.Random(1))
    for statement in (source.take(_FIRST) for _ in range(20)):
        assert keccak(statement.proof) == statement.publics != keccak(statement.wrong_proof)
