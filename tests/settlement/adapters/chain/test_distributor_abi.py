import pytest

from deploy.artifacts import load_artifact
from settlement.adapters.chain.distributor_abi import DISTRIBUTOR_ABI, RELAY_ABI


def shape(entry):
    outputs = [parameter["type"] for parameter in entry["outputs"]]
    return [parameter["type"] for parameter in entry["inputs"]], outputs, entry["stateMutability"]


@pytest.mark.parametrize(("name", "abi"), [("RewardDistributor", DISTRIBUTOR_ABI), ("RewardRelay", RELAY_ABI)])
def test_abi__every_function__is_the_compiled_contracts(name, abi):
    compiled = {entry["name"]: entry for entry in load_artifact(name).abi if entry["type"] == "function"}
    for entry in abi:
        inputs, outputs, mutability = shape(compiled[entry["name"]])
        assert shape(entry)[0] == inputs, entry["name"]
        assert shape(entry)[1] in ([], outputs), entry["name"]
        assert (mutability == "view") == (entry["stateMutability"] == "view"), entry["name"]
