import subprocess

import pytest

from deploy.devnet.proofs import prepare_proofs
from indexer.words.errors import InputError


@pytest.fixture(scope="module")
def prepared():
    return prepare_proofs(1)


def test_prepare_proofs__few_tasks__one_pool_with_distinct_statements(prepared):
    assert {scheme: len(pool) for scheme, pool in prepared.by_scheme.items()} == {0: 96, 1: 96, 2: 384}
    for pool in prepared.by_scheme.values():
        assert len({entry.publics for entry in pool}) == len(pool)


def test_prepare_proofs__sizes__are_those_of_the_schemes(prepared):
    assert {len(entry.proof) for entry in prepared.by_scheme[0]} == {24 * 32}
    assert {len(entry.proof) for entry in prepared.by_scheme[1]} == {8 * 32}
    assert {len(entry.publics) for scheme in (0, 1) for entry in prepared.by_scheme[scheme]} == {64}


def test_prepare_proofs__again__same_proofs(prepared):
    assert prepare_proofs(1) == prepared


def test_prepare_proofs__keys_not_made__says_what_to_run(tmp_path):
    with pytest.raises(InputError, match="run `make setup`"):
        prepare_proofs(1, tmp_path)


def test_prepare_proofs__tool_fails__shows_its_words(tmp_path):
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "stamp").write_text("x")
    (tmp_path / "prove.mjs").write_text('console.error("no keys today"); process.exit(1);')
    with pytest.raises(InputError, match="proofs could not be made, got no keys today") as failed:
        prepare_proofs(1, tmp_path)
    assert isinstance(failed.value.__cause__, subprocess.CalledProcessError)
