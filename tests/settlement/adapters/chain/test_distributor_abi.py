from deploy.artifacts import load_artifact
from settlement.adapters.chain.distributor_abi import DISTRIBUTOR_ABI


def shape(entry):
    outputs = [parameter["type"] for parameter in entry["outputs"]]
    return [parameter["type"] for parameter in entry["inputs"]], outputs, entry["stateMutability"]


def test_distributor_abi__every_function__is_the_compiled_contracts():
    compiled = {entry["name"]: entry for entry in load_artifact("RewardDistributor").abi if entry["type"] == "function"}
    for entry in DISTRIBUTOR_ABI:
        inputs, outputs, mutability = shape(compiled[entry["name"]])
        assert shape(entry)[0] == inputs, entry["name"]
        assert shape(entry)[1] in ([], outputs), entry["name"]
        assert (mutability == "view") == (entry["stateMutability"] == "view"), entry["name"]
