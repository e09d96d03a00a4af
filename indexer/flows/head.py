"""The newest final block, as one node says and no other contradicts."""

from __future__ import annotations

from indexer.flows.identity import IngestSettings
from indexer.flows.piece import as_smallest_question, fetch_verified_header
from indexer.ports.chain import Chain, Node
from indexer.words.blocks import BlockHead, BlockRef
from indexer.words.faults import MissingFault, NodeFault, WrongAnswerFault
from indexer.words.quantities import to_hex

_LAG_SECONDS = 1800  # nodes of one chain finalize within minutes of each other; what lags longer may be stuck for good


def fetch_agreed_head(chain: Chain, settings: IngestSettings) -> BlockRef:
    """Return the newest final block of the healthiest node, confirmed by every other node that has that height.

    A node that is half an hour behind another is not healthy: the other is asked.
    """
    return chain.attempt(lambda node: _confirmed_head(chain, node, settings.finality, hashed=settings.hashed))


def _confirmed_head(chain: Chain, node: Node, finality: str, *, hashed: bool) -> BlockRef:
    """Ask twice: an orphan that a load balancer let slip in is rarely served again."""
    with as_smallest_question():
        head = node.fetch_head(finality)
        again = fetch_verified_header(node, head.ref.number, hashed=hashed)
    if again.ref.hash != head.ref.hash:
        raise _contradiction(head.ref, again.ref, node.name)
    others = [other for other in chain.nodes if other is not node]
    for other in others:
        _verify_same(chain, other, head.ref, hashed=hashed)
    for other in others:
        _verify_fresh(node, head, other, finality)
    return head.ref


def _verify_fresh(node: Node, head: BlockHead, other: Node, finality: str) -> None:
    """Raise MissingFault if another node, which does not contradict this head, is far ahead of it."""
    try:
        ahead = other.fetch_head(finality).timestamp - head.timestamp
    except NodeFault:
        return
    if ahead > _LAG_SECONDS:
        raise MissingFault(
            "node lags behind another",
            expected=f"a final block as new as that of {other.name}",
            got=f"block {head.ref.number}, {ahead} s older",
            where=node.name,
            remedy="wait for it, or remove it from chain.rpc",
        )


def _verify_same(chain: Chain, other: Node, head: BlockRef, *, hashed: bool) -> None:
    try:
        found = fetch_verified_header(other, head.number, hashed=hashed).ref
    except WrongAnswerFault as fault:  # it contradicts itself, so nobody else
        chain.accuse(fault)
        return
    except NodeFault:  # it lags or is down
        return
    if found.hash != head.hash:
        raise _contradiction(head, found, other.name)


def _contradiction(head: BlockRef, found: BlockRef, node: str) -> WrongAnswerFault:
    return WrongAnswerFault(
        "nodes disagree on the final block",
        kind="head",
        node=node,
        block=head.number,
        expected=to_hex(head.hash),
        got=to_hex(found.hash),
    )
