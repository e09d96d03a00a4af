"""The newest final block, as one node says and no other contradicts."""

from __future__ import annotations

from indexer.flows.identity import IngestSettings
from indexer.flows.piece import as_smallest_question, fetch_verified_header
from indexer.ports.chain import Chain, Node
from indexer.words.blocks import BlockRef
from indexer.words.faults import NodeFault, WrongAnswerFault
from indexer.words.quantities import to_hex


def fetch_agreed_head(chain: Chain, settings: IngestSettings) -> BlockRef:
    """Return the newest final block of the healthiest node, confirmed by every other node that has that height."""
    return chain.attempt(lambda node: _confirmed_head(chain, node, settings.finality, hashed=settings.hashed))


def _confirmed_head(chain: Chain, node: Node, finality: str, *, hashed: bool) -> BlockRef:
    """Ask twice: an orphan that a load balancer let slip in is rarely served again."""
    with as_smallest_question():
        head = node.fetch_head(finality).ref
        again = fetch_verified_header(node, head.number, hashed=hashed)
    if again.ref.hash != head.hash:
        raise _contradiction(head, again.ref, node.name)
    for other in chain.nodes:
        if other is not node:
            _verify_same(chain, other, head, hashed=hashed)
    return head


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
