from eth_utils.abi import abi_to_signature

from deploy.artifacts import load_artifact
from indexer.rules.consensus.keccak import keccak256
from settlement.rules.contracts.refusals import SIGNATURES, read_refusal


def revert_of(signature, *words):
    return keccak256(signature.encode())[:4] + b"".join(words)


def test_read_refusal__paused__says_what_and_passes():
    refusal = read_refusal(revert_of("Paused(bytes32,uint64)", b"claims".ljust(32, b"\0"), bytes(32)))
    assert (refusal.words, refusal.passes) == ("Paused claims", True)


def test_read_refusal__paused_cut_short__no_error():
    assert read_refusal(revert_of("Paused(bytes32,uint64)", b"\xff")).words == "Paused \ufffd"


def test_read_refusal__banned_ballot__does_not_pass():
    refusal = read_refusal(revert_of("BannedBallot(bytes32)", bytes(32)))
    assert (refusal.words, refusal.passes) == ("BannedBallot", False)


def test_read_refusal__unknown_or_empty__as_it_is():
    assert read_refusal(b"\x12\x34").words == "0x1234"
    assert (read_refusal(b"").words, read_refusal(b"").passes) == ("0x", False)


def test_signatures__each__is_an_error_of_the_contracts():
    abi = load_artifact("RewardDistributor").abi + load_artifact("DevToken").abi
    compiled = {abi_to_signature(entry) for entry in abi if entry["type"] == "error"}
    assert set(SIGNATURES) <= compiled
