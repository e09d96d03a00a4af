"""The newest final block: the highest one that enough nodes call final and hold by hash."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.flows.ranges.piece import as_smallest_question, fetch_verified_header
from indexer.ports.chain import Chain, Node
from indexer.ports.consensus import Consensus
from indexer.rules.nodes.health import another_hash_rule
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockHead, BlockRef
from indexer.words.faults import MissingFault, NodeFault, WrongAnswerFault
from indexer.words.quantities import BlockNumber, to_hex

_GENESIS = BlockNumber(0)
_LAG_SECONDS = 1800  # nodes of one chain finalize within minutes of each other


@dataclass(frozen=True, slots=True)
class Claim:
    """The newest block that one node calls final."""

    node: Node
    head: BlockHead


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreed block and what each node that answered calls final; `lag` says who is far ahead of the agreement."""

    head: BlockRef
    claims: tuple[Claim, ...]
    lag: str = ""


@dataclass(frozen=True, slots=True)
class _Vote:
    """What one node holds at a height that it calls final."""

    node: Node
    head: BlockHead


def fetch_agreed_head(
    chain: Chain,
    settings: IngestSettings,
    low: BlockNumber = _GENESIS,
    consensus: Consensus | None = None,
    clock: Callable[[], float] = time.time,
) -> Agreement:
    """Return the highest block that `settings.agreement` nodes call final and hold by hash; at least `low`.

    Whoever holds another block at that height, although he calls it final, is accused. Raises MissingFault, with who is
    silent or what each one says, where patience ends before enough nodes agree.
    """
    if consensus is not None:
        return Agreement(consensus.fetch_final_block(), ())
    needed = settings.agreement(len(chain.nodes))
    claims: dict[str, Claim] = {}
    said: NodeFault | None = None
    for _ in chain.turns():
        silent = _ask(chain, settings, claims, clock())
        if len(claims) < needed:
            unprovable = another_hash_rule(tuple(silent.values()))
            if unprovable is not None:
                raise unprovable
            said = _too_few(chain, needed, len(claims), silent)
            if len(claims) + sum(fault.worth_a_retry for fault in silent.values()) < needed:
                break
            continue
        voters = tuple(claims.values())
        votes = _highest_shared(chain, voters, needed, low, hashed=settings.level.is_hashed)
        if votes:
            return Agreement(votes[0].head.ref, voters, _lag(voters, votes[0].head, needed))
        said = _disagreement(voters, needed)
        claims = {}
    raise said or _too_few(chain, needed, 0, {})


def agreed_at(
    chain: Chain, claims: Sequence[Claim], number: BlockNumber, needed: int, *, hashed: bool
) -> Sequence[_Vote]:
    """Return who holds the same block at a height, of those who call it final; nobody where fewer than `needed` do.

    The minority is accused. Two blocks with `needed` nodes each are no agreement.
    """
    if sum(claim.head.ref.number >= number for claim in claims) < needed:
        return ()
    groups: dict[bytes, list[_Vote]] = {}
    for claim in claims:
        head = _held(chain, claim, number, hashed=hashed)
        if head is not None:
            groups.setdefault(head.ref.hash, []).append(_Vote(claim.node, head))
    agreeing = [votes for votes in groups.values() if len(votes) >= needed]
    if len(agreeing) != 1:
        return ()
    for votes in groups.values():
        if votes is not agreeing[0]:
            _accuse(chain, votes, agreeing[0])
    return agreeing[0]


def verify_not_ahead(head: BlockHead, settings: IngestSettings, now: float, node: str) -> None:
    """Raise NodeFault for a block too far ahead of this machine's clock, `now` in seconds since 1970 UTC."""
    ahead = head.timestamp - int(now)
    if settings.max_ahead_seconds and ahead > settings.max_ahead_seconds:
        raise NodeFault(
            "block is ahead of the clock",
            expected=f"at most {settings.max_ahead_seconds} s by chain.max_ahead_seconds",
            got=f"{ahead} s",
            where=f"{node} block {head.ref.number}",
            remedy="correct this machine's clock, or raise chain.max_ahead_seconds (0 is off)",
        )


def _ask(chain: Chain, settings: IngestSettings, claims: dict[str, Claim], now: float) -> dict[str, NodeFault]:
    """Ask every node that has not answered yet, adding to `claims`; return why the others are silent, by name."""
    silent: dict[str, NodeFault] = {}
    for node in chain.nodes:
        if node.name in claims:
            continue
        try:
            claims[node.name] = Claim(node, _final_head(chain, node, settings, now))
        except NodeFault as fault:
            silent[node.name] = fault
    if another_hash_rule(tuple(silent.values())) is None:
        for said in silent.values():
            if isinstance(said, WrongAnswerFault):
                chain.accuse(said)
    return silent


def _final_head(chain: Chain, node: Node, settings: IngestSettings, now: float) -> BlockHead:
    """Return what a node calls final, by the header that it has at that height: an orphan is rarely served twice."""
    with as_smallest_question():
        head = node.fetch_head(settings.finality)
        again = fetch_verified_header(node, head.ref.number, hashed=settings.level.is_hashed)
    if again.ref.hash != head.ref.hash:
        chain.accuse(_contradiction(node.name, head.ref.number, to_hex(again.ref.hash), to_hex(head.ref.hash)))
    verify_not_ahead(again, settings, now, node.name)
    return again


def _highest_shared(
    chain: Chain, claims: Sequence[Claim], needed: int, low: BlockNumber, *, hashed: bool
) -> Sequence[_Vote]:
    """Return the votes for the highest agreed block: one that some node names, else where their chains part."""
    heights = sorted({claim.head.ref.number for claim in claims}, reverse=True)
    for number in heights:
        votes = agreed_at(chain, claims, number, needed, hashed=hashed)
        if votes:
            return votes
    above, found = heights[-1], agreed_at(chain, claims, low, needed, hashed=hashed)
    below = low
    while found and above - below > 1:
        middle = BlockNumber((below + above) // 2)
        votes = agreed_at(chain, claims, middle, needed, hashed=hashed)
        if votes:
            below, found = middle, votes
        else:
            above = middle
    return found


def _held(chain: Chain, claim: Claim, number: BlockNumber, *, hashed: bool) -> BlockHead | None:
    """Return the node's block at a height that it calls final; None where it does not, or gives none."""
    if claim.head.ref.number <= number:
        return claim.head if claim.head.ref.number == number else None
    try:
        with as_smallest_question():
            return fetch_verified_header(claim.node, number, hashed=hashed)
    except WrongAnswerFault as fault:
        chain.accuse(fault)
    except NodeFault:  # it is down for a moment: it has no say
        pass
    return None


def _lag(claims: Sequence[Claim], agreed: BlockHead, needed: int) -> str:
    newest = max(claims, key=lambda claim: claim.head.timestamp)
    seconds = newest.head.timestamp - agreed.timestamp
    if seconds <= _LAG_SECONDS:
        return ""
    return (
        f"{newest.node.name} calls block {newest.head.ref.number} final, {seconds} s after block {agreed.ref.number}, "
        f"the last one for which {needed} nodes do (chain.final_agreement): the others lag, or it lies"
    )


def _accuse(chain: Chain, votes: Sequence[_Vote], agreeing: Sequence[_Vote]) -> None:
    names = " ".join(vote.node.name for vote in agreeing)
    expected = f"{to_hex(agreeing[0].head.ref.hash)} as {names}"
    for vote in votes:
        chain.accuse(_contradiction(vote.node.name, vote.head.ref.number, expected, to_hex(vote.head.ref.hash)))


def _contradiction(node: str, number: int, expected: str, got: str) -> WrongAnswerFault:
    return WrongAnswerFault(
        "node calls another block final", kind="head", node=node, block=number, expected=expected, got=got
    )


def _too_few(chain: Chain, needed: int, answered: int, silent: dict[str, NodeFault]) -> NodeFault:
    if len(silent) == len(chain.nodes) and len({fault.exit_code for fault in silent.values()} - {3}) == 1:
        return next(fault for fault in silent.values() if fault.exit_code != MissingFault.exit_code)
    if len(chain.nodes) == 1 and silent:
        return next(iter(silent.values()))
    reasons = "; ".join(f"{name}: {fault.what}, {fault.got or fault.expected}" for name, fault in silent.items())
    remedies = {fault.remedy for fault in silent.values() if "chain." in fault.remedy}
    return MissingFault(
        "too few nodes name a final block",
        expected=f"{needed} of {len(chain.nodes)} by chain.final_agreement",
        got=f"{answered}; silent are {reasons}",
        remedy=" or ".join(["start them", *sorted(remedies), "set chain.final_agreement"]),
    )


def _disagreement(claims: Sequence[Claim], needed: int) -> NodeFault:
    words = "; ".join(f"{c.node.name}: block {c.head.ref.number} {to_hex(c.head.ref.hash)}" for c in claims)
    return MissingFault(
        "nodes disagree on the final block",
        expected=f"one chain held by {needed} nodes (chain.final_agreement)",
        got=words,
        remedy="find out who is right: add nodes to chain.rpc, or a block to chain.checkpoints",
    )
