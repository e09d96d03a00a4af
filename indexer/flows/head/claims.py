"""What single nodes call final: judged when the agreed chain has passed it, kept in the lake until then."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from indexer.flows.head.head import Agreement
from indexer.flows.storing.stored import stored_hashes
from indexer.ports.chain import Chain
from indexer.ports.lake import LakeStore
from indexer.words.blocks import BlockRef, next_block
from indexer.words.faults import WrongAnswerFault
from indexer.words.quantities import BlockNumber, Hash32, to_hex
from sql import load_sql

_KIND = "claim"
_ENDLESS = 2**63
_SCHEMA = pa.schema([("node", pa.string()), ("number", pa.uint64()), ("hash", pa.binary())])
_Claimed = tuple[str, BlockRef]


def note_claims(chain: Chain, lake: LakeStore, agreement: Agreement, known: BlockRef | None) -> None:
    """Accuse whoever called a block final at whose height another one is final by now, and keep what is ahead.

    `known` is the block that was final in the lake before this step: claims up to it are judged already.
    """
    final = lake.finalized_head()
    if final is None or len(chain.nodes) < 2:
        return
    claimed = {(claim.node.name, claim.head.ref) for claim in agreement.claims}
    if known is None or known.number < final.number:
        claimed |= _load(lake, 0 if known is None else next_block(known.number), final.number)
    _judge(chain, lake, sorted(claimed, key=lambda each: (each[1].number, each[0])), final)
    ahead = {each for each in claimed if each[1].number > final.number}
    _keep(lake, ahead - _load(lake, next_block(final.number), _ENDLESS) if ahead else ahead)


def _judge(chain: Chain, lake: LakeStore, claimed: Iterable[_Claimed], final: BlockRef) -> None:
    for node, block in claimed:
        stored = (
            stored_hashes(lake, block.number, block.number).get(block.number) if block.number <= final.number else None
        )
        if stored is None or stored == block.hash or _is_noted(lake, node, block):
            continue
        chain.accuse(
            WrongAnswerFault(
                "node called another block final",
                kind=_KIND,
                node=node,
                block=block.number,
                expected=f"{to_hex(stored)} as the other nodes",
                got=to_hex(block.hash),
            )
        )


def _is_noted(lake: LakeStore, node: str, block: BlockRef) -> bool:
    params = {"node": node, "kind": _KIND, "number": block.number}
    return bool(lake.query(load_sql("lake/evidence_count"), params).to_pylist()[0]["n"])


def _load(lake: LakeStore, low: int, high: int) -> set[_Claimed]:
    rows = lake.query(load_sql("lake/final_claims"), {"low": low, "high": high}).to_pylist()
    return {(row["node"], BlockRef(BlockNumber(row["number"]), Hash32(row["hash"]))) for row in rows}


def _keep(lake: LakeStore, claimed: Iterable[_Claimed]) -> None:
    rows = [{"node": node, "number": block.number, "hash": block.hash} for node, block in sorted(claimed, key=repr)]
    if rows:
        with lake.transaction():
            lake.append("final_claims", pa.Table.from_pylist(rows, _SCHEMA))
            lake.ensure_writer()
