"""The part of the distributor's interface that the oracle calls, as the ABI that web3 takes.

A test compares it with the compiled contract.
"""

from typing import Any


def _parameters(text: str) -> list[dict[str, str]]:
    pairs = [part.split() for part in text.split(",")] if text else []
    return [{"type": pair[0], "name": pair[1] if len(pair) > 1 else ""} for pair in pairs]


def _function(name: str, inputs: str, outputs: str = "", *, mutates: bool = False) -> dict[str, Any]:
    return {
        "type": "function",
        "name": name,
        "inputs": _parameters(inputs),
        "outputs": _parameters(outputs),
        "stateMutability": "nonpayable" if mutates else "view",
    }


DISTRIBUTOR_ABI: list[dict[str, Any]] = [
    _function("nextEpoch", "", "uint64"),
    _function("rootAt", "uint64 epoch", "uint8 state,bytes32 root,bytes32 reportHash,uint64 activeAt"),
    _function("totalsAt", "uint64 epoch", "address[] tokens,uint256[] cumulative"),
    _function("latestActive", "", "bool exists,uint64 epoch,bytes32 root"),
    _function("voteOf", "uint64 epoch,address member", "bytes32 reportHash"),
    _function("members", "", "address[]"),
    _function("quorum", "", "uint256"),
    _function("claimed", "address account,address token", "uint256"),
    _function("ballotAt", "uint64 epoch", "bytes32"),
    _function("desk", "", "address"),
    _function("relay", "", "address"),
    _function("round", "uint64 epoch", "uint64"),
    _function("nonces", "address account", "uint256"),
    _function("recipientOf", "address account", "address"),
    _function("acceptedTotal", "address token", "uint256"),
    _function("token", "", "address"),
    _function("genesis", "", "uint64"),
    _function("lengthSeconds", "", "uint64"),
    _function("first", "", "uint64"),
    _function(
        "vote",
        "uint64 epoch,bytes32 root,address[] tokens,uint256[] cumulative,bytes32 reportHash",
        mutates=True,
    ),
    _function("activate", "", mutates=True),
    _function("veto", "uint64 epoch", mutates=True),
    _function(
        "claim",
        "uint64 epoch,address account,address token,uint256 cumulative,bytes32[] proof",
        "uint256 paid",
        mutates=True,
    ),
    _function(
        "claimMany",
        "uint64 epoch,address[] accounts,address[] tokens,uint256[] cumulative,bytes32[][] proofs",
        "uint256[] paid",
        mutates=True,
    ),
    _function(
        "claimManyShared",
        "uint64 epoch,address[] accounts,address[] tokens,uint256[] cumulative,bytes32[] proof,bool[] flags",
        "uint256[] paid",
        mutates=True,
    ),
]

DESK_ABI: list[dict[str, Any]] = [
    _function("challengeOf", "uint64 epoch,bytes32 ballot", "address by,uint256 bond"),
]
"""Of the contract that takes challenges of the distributor's roots."""

RELAY_ABI: list[dict[str, Any]] = [
    _function(
        "voteBySig",
        "uint64 epoch,bytes32 root,address[] tokens,uint256[] cumulative,bytes32 reportHash,"
        "address[] signers,bytes[] signatures",
        mutates=True,
    ),
]
"""Of the contract that takes votes by signature for the distributor."""
