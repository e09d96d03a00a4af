"""Evidence that a proposed root is not what the chain's own logs give: written by a watcher, checked by anybody."""

import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.ports.chain import Node
from indexer.words.blocks import BlockRange
from indexer.words.errors import InputError
from indexer.words.quantities import BlockNumber, Epoch, to_hex
from settlement.adapters.chain.block_proofs import fetch_block_proof, verify_block_proof
from settlement.entry.configuration.assembly import Store
from settlement.entry.configuration.chain_access import ChainAccess
from settlement.rules.epoch.read_report import parse_report
from sql import load_sql

if TYPE_CHECKING:
    from settlement.flows.verify import Verdict

FORMAT = 1
MOST_BLOCKS = 200
"""That are proven behind a row; what is left out is counted."""
_ADDRESS = re.compile(r"0x[0-9a-f]{40}\b")


def make_evidence(store: Store, chain: ChainAccess, epoch: Epoch, verdict: "Verdict | None") -> dict[str, Any]:
    """Return the evidence against the pending root of an epoch; `verdict`: where its bundle differs, if at hand."""
    ours, held = store.journal.load_report(epoch), chain.distributor.root_at(epoch)
    if ours is None:
        raise InputError(f"epoch {epoch} is not settled here", remedy="run `pozk settle` first")
    blocks = _blocks_behind(store, epoch, "" if verdict is None else verdict.row or "")
    proofs = [chain.pool.attempt(partial(fetch_block_proof, number=number)) for number in blocks[:MOST_BLOCKS]]
    found = {"stage": "report", "row": None, "expected": to_hex(held.report_hash), "got": to_hex(ours.report_hash)}
    if verdict is not None and not verdict.is_ok:
        found = {"stage": verdict.stage, "row": verdict.row, "expected": verdict.expected, "got": verdict.got}
    return {
        "format": FORMAT,
        "chain_id": chain.settings.chain.chain_id,
        "distributor": to_hex(chain.distributor.address),
        "epoch": epoch,
        "reportHash": to_hex(held.report_hash),
        "root": to_hex(held.root),
        "ours": {"reportHash": to_hex(ours.report_hash), "root": to_hex(ours.root)},
        **found,
        "blocks": proofs,
        "blocks_left_out": max(0, len(blocks) - MOST_BLOCKS),
    }


def _blocks_behind(store: Store, epoch: Epoch, row: str) -> list[BlockNumber]:
    """Return the block that proposed the root, and those whose logs a row is made of, by the addresses in it."""
    report = store.journal.load_report(epoch)
    parsed = parse_report(report.document, "the journal", epoch) if report else None
    rows = store.lake.query(load_sql("service/proposed_in"), {"epoch": epoch}).to_pylist()
    if parsed is not None:
        bounds = {"low": parsed.first_block.number, "high": parsed.reference_block.number}
        for address in sorted(set(_ADDRESS.findall(row))):
            where = {"address": bytes.fromhex(address[2:])} | bounds
            rows += store.lake.query(load_sql("service/blocks_about"), where).to_pylist()
    return [BlockNumber(number) for number in sorted({each["block_number"] for each in rows} - {None})]


def write_evidence(folder: Path, evidence: Mapping[str, Any]) -> Path:
    """Write evidence.json into the folder of its epoch; return where."""
    path = folder / f"epoch-{evidence['epoch']}" / "evidence.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(evidence, indent=1), encoding="utf-8")
    return path


def verify_evidence(evidence: Mapping[str, Any], node: Node) -> list[str]:
    """Return what a node alone confirms of evidence, a line each.

    UnsoundError for a proof that does not hold, InputError for what is no evidence, or of another chain.
    """
    if evidence.get("format") != FORMAT or not isinstance(evidence.get("blocks"), list):
        raise InputError("this is no evidence", expected=f"format {FORMAT}", got=str(evidence.get("format"))[:50])
    if node.fetch_chain_id() != evidence["chain_id"]:
        raise InputError("the evidence is of another chain", expected=str(evidence["chain_id"]), where=node.name)
    lines, count = [], 0
    for proof in evidence["blocks"]:
        number, block_hash, logs = verify_block_proof(proof)
        header = node.fetch_headers(BlockRange(BlockNumber(number), BlockNumber(number))).head(0)
        if header.ref.hash != block_hash:
            raise InputError(
                f"block {number} of the evidence is not on this node's chain",
                expected=to_hex(block_hash),
                got=to_hex(header.ref.hash),
                where=node.name,
            )
        count += len(logs)
        lines.append(f"block {number} {to_hex(block_hash)}: {len(logs)} logs proven")
    stage = f"stage {evidence['stage']}: expected {evidence['expected']}, got {evidence['got']}"
    return [*lines, f"{count} logs are on this chain; what they are evidence of, in {stage}"]
