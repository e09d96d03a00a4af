import json

import pytest

from deploy.artifacts import load_artifact
from indexer.words.errors import InputError


def test_load_artifact__contracts_not_built__says_what_to_run(tmp_path):
    with pytest.raises(InputError, match="run `make setup`"):
        load_artifact("Staking", tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"abi": []})])
def test_load_artifact__other_content__is_refused(tmp_path, content):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "Staking.json").write_text(content)
    with pytest.raises(InputError, match="unreadable contract artifact"):
        load_artifact("Staking", tmp_path)


def test_load_artifact__built__has_abi_and_bytecode():
    artifact = load_artifact("Staking")
    assert any(entry.get("name") == "StakeChanged" for entry in artifact.abi)
    assert artifact.bytecode.startswith("0x6")


def test_load_artifact__built__has_the_code_on_chain_and_where_it_differs():
    artifact = load_artifact("Staking")
    assert artifact.immutables
    assert all(artifact.deployed[start : start + length] == bytes(length) for start, length in artifact.immutables)
