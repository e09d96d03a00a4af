"""A false root in the traffic: the committee proposes it, somebody challenges it for a bond, the guardian vetoes it.

The right root of the epoch is voted later by whoever settles; then `false_ballot` is not what was executed, and the
bond can be had back.
"""

import hashlib

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from deploy.devnet.calendar import Calendar
from deploy.devnet.governance_plan import DAO, DISTRIBUTOR, TOKEN
from deploy.devnet.plan_words import ExpectedRefusal, Name, PlannedBlock, StepCall
from deploy.wiring.settings import CHALLENGE_BOND_WEI

EPOCH = 0
CHALLENGER = Name("outsider")
_DESK, _MEMBER, _GUARDIAN = Name("ChallengeDesk"), Name("signer"), Name("guardian")
_ROOT, _REPORT, _EVIDENCE = (
    hashlib.sha256(text).digest() for text in (b"a root of nobody", b"a report of nobody", b"what was computed instead")
)
_VOTE_MINUTE = 31


def plan_challenge(calendar: Calendar, epochs: int) -> list[PlannedBlock]:
    """Return its blocks, early in epoch 1; none on a network of one epoch, which no vote precedes."""
    if epochs < 2:
        return []
    vote = StepCall(_MEMBER, DISTRIBUTOR, "vote", (EPOCH, _ROOT, (), (), _REPORT))
    fund = StepCall(DAO, TOKEN, "mint", (CHALLENGER, CHALLENGE_BOND_WEI))
    allow = StepCall(CHALLENGER, TOKEN, "approve", (_DESK, CHALLENGE_BOND_WEI))
    challenge = StepCall(CHALLENGER, _DESK, "challenge", (EPOCH, false_ballot(), _EVIDENCE))
    close = StepCall(CHALLENGER, _DESK, "close", (EPOCH, false_ballot()))
    veto = StepCall(_GUARDIAN, DISTRIBUTOR, "veto", (EPOCH,))
    again = (ExpectedRefusal(challenge, "AlreadyChallenged"), ExpectedRefusal(close, "NotActive"))
    minutes = [calendar.minute(EPOCH + 1, _VOTE_MINUTE + step) for step in range(3)]
    return [
        PlannedBlock(minutes[0], (vote, fund, allow)),
        PlannedBlock(minutes[1], (challenge,), again),
        PlannedBlock(minutes[2], (veto,), (ExpectedRefusal(close, "NotActive"), ExpectedRefusal(vote, "BannedBallot"))),
    ]


def false_ballot() -> bytes:
    """Return the hash of all that the false root's vote says, as the distributor computes it."""
    types = ["uint64", "bytes32", "address[]", "uint256[]", "bytes32"]
    return keccak(encode(types, [EPOCH, _ROOT, [], [], _REPORT]))
