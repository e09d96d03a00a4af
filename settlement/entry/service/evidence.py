"""Evidence that a proposed root is not what the chain's own logs give: written by a watcher, checked by anybody."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from indexer.ports.chain import Node
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRange
from indexer.words.errors import InputError, UnsoundError, printable
from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32, parse_quantity, to_hex
from settlement.adapters.chain.block_proofs import Log, fetch_block_proof, verify_block_proof
from settlement.entry.configuration.assembly import Store
from settlement.entry.configuration.chain_access import ChainAccess
from settlement.flows.before_vote import verify_stored
from settlement.flows.verify import Verdict
from settlement.rules.epoch.read_report import parse_report
from settlement.words.records import RootOnChain, StoredReport
from sql import load_sql

FORMAT = 1
MOST_BLOCKS = 200
"""That are proven behind a row; what is left out is counted."""
_PROPOSED = bytes(REFERENCE.by_name["RootProposed"].topic0)
_ADDRESS = re.compile(r"0x[0-9a-f]{40}\b")


def make_evidence(store: Store, chain: ChainAccess, epoch: Epoch, verdict: "Verdict | None") -> dict[str, Any]:
    """Return the evidence against the pending root of an epoch; `verdict`: where its bundle differs, if at hand.

    Without a bundle the chain says what was proposed: its totals of each token, its root, its report. UnsoundError
    where our own report is not what was settled: it accuses nobody.
    """
    ours, held = store.journal.load_report(epoch), chain.distributor.root_at(epoch)
    if ours is None:
        raise InputError(f"epoch {epoch} is not settled here", remedy="run `pozk settle` first")
    verify_stored(ours, store.artifacts)
    if verdict is None or verdict.is_ok:
        verdict = compare_proposed(ours, held, chain.distributor.totals_at(epoch))
    blocks = [*_proposed_in(store, chain, epoch, held.root), *_blocks_behind(store, ours, verdict)]
    blocks = list(dict.fromkeys(blocks))
    proofs = [chain.pool.attempt(partial(fetch_block_proof, number=number)) for number in blocks[:MOST_BLOCKS]]
    return {
        "format": FORMAT,
        "chain_id": chain.settings.chain.chain_id,
        "distributor": to_hex(chain.distributor.address),
        "epoch": epoch,
        "reportHash": to_hex(held.report_hash),
        "root": to_hex(held.root),
        "ours": {"reportHash": to_hex(ours.report_hash), "root": to_hex(ours.root)},
        "stage": verdict.stage,
        "row": verdict.row,
        "expected": verdict.expected,
        "got": verdict.got,
        "blocks": sorted(proofs, key=lambda proof: int(proof["number"])),
        "blocks_left_out": max(0, len(blocks) - MOST_BLOCKS),
    }


def compare_proposed(ours: StoredReport, held: RootOnChain, totals: Mapping[Address, int]) -> Verdict:
    """Return the first thing in which what was proposed differs from our report, by what the contract holds of it."""
    epoch = ours.epoch
    mine = dict(parse_report(ours.document, "the journal", epoch).cumulative_totals)
    for token in sorted({*mine, *totals}):
        theirs, got = totals.get(token, 0), mine.get(token, 0)
        if theirs != got:
            return Verdict(epoch, "totals", str(theirs), str(got), f"token {to_hex(token)}, all leaves together")
    if held.root != ours.root:
        row = f"epoch {epoch}, all leaves; the totals of each token are equal"
        return Verdict(epoch, "root", to_hex(held.root), to_hex(ours.root), row)
    row = f"epoch {epoch}, what the report says beside its leaves"
    return Verdict(epoch, "report", to_hex(held.report_hash), to_hex(ours.report_hash), row)


def _proposed_in(store: Store, chain: ChainAccess, epoch: Epoch, root: Hash32) -> list[BlockNumber]:
    """Return the block that proposed the root: out of the lake, or of a newer block than it holds."""
    rows = store.lake.query(load_sql("service/proposed_in"), {"epoch": epoch, "root": root}).to_pylist()
    if rows and rows[0]["block_number"] is not None:
        return [BlockNumber(rows[0]["block_number"])]
    last = store.lake.last_block()
    wanted = {
        "address": to_hex(chain.distributor.address),
        "topics": [to_hex(each) for each in (_PROPOSED, epoch.to_bytes(32), root)],
        "fromBlock": hex(0 if last is None else last.number),
        "toBlock": "latest",
    }
    logs: Any = chain.pool.attempt(lambda node: node.request("eth_getLogs", [wanted]))
    return [BlockNumber(parse_quantity(log["blockNumber"])) for log in logs[-1:]]


def _blocks_behind(store: Store, ours: StoredReport, verdict: Verdict) -> list[BlockNumber]:
    """Return the blocks whose logs a row is made of, by the addresses in it; all of the epoch for all its rows."""
    report = parse_report(ours.document, "the journal", ours.epoch)
    low, high = report.first_block.number, report.reference_block.number
    found = set[int]()
    for address in sorted(set(_ADDRESS.findall(verdict.row or ""))):
        where = {"address": bytes.fromhex(address[2:]), "epoch": ours.epoch, "low": low, "high": high}
        rows = store.lake.query(load_sql("service/blocks_about"), where).to_pylist()
        found |= {int(each["block_number"]) for each in rows}
    if not found:
        bounds = {"from_block": low, "reference_block": high}
        found = {int(each["number"]) for each in store.lake.query(load_sql("epochs/event_blocks"), bounds).to_pylist()}
    return [BlockNumber(number) for number in sorted(found)]


def find_location(store: Store, epoch: Epoch, report_hash: Hash32) -> str:
    """Return where somebody says on chain that the bundle of a report lies; empty where nobody does."""
    where = {"epoch": epoch, "report_hash": report_hash}
    rows = store.lake.query(load_sql("service/located"), where).to_pylist()
    return printable(str(rows[0]["location"])) if rows else ""


def write_evidence(folder: Path, evidence: Mapping[str, Any]) -> Path:
    """Write evidence.json into the folder of its epoch; return where."""
    path = folder / f"epoch-{evidence['epoch']}" / "evidence.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(evidence, indent=1), encoding="utf-8")
    return path


_MEMBERS: Mapping[str, type] = {"chain_id": int, "epoch": int, "blocks": list} | dict.fromkeys(
    ("distributor", "reportHash", "root", "stage", "expected", "got"), str
)
"""What evidence says, and as what."""


def verify_evidence(evidence: Mapping[str, Any], node: Node) -> list[str]:
    """Return what a node alone confirms of evidence, a line each.

    UnsoundError for a proof that does not hold, InputError for what is no evidence, or of another chain.
    """
    if evidence.get("format") != FORMAT:
        raise InputError("this is no evidence", expected=f"format {FORMAT}", got=str(evidence.get("format"))[:50])
    for name, kind in _MEMBERS.items():
        if type(evidence.get(name)) is not kind:
            got = f"{name}: {evidence.get(name)!r}"[:80]
            raise InputError("this is no evidence", expected=f"a {kind.__name__} {name}", got=got)
    if node.fetch_chain_id() != evidence["chain_id"]:
        raise InputError("the evidence is of another chain", expected=str(evidence["chain_id"]), where=node.name)
    lines, logs = [], list[Log]()
    for proof in evidence["blocks"]:
        number, block_hash, proven = verify_block_proof(proof)
        header = node.fetch_headers(BlockRange(BlockNumber(number), BlockNumber(number))).head(0)
        if header.ref.hash != block_hash:
            raise InputError(
                f"block {number} of the evidence is not on this node's chain",
                expected=to_hex(block_hash),
                got=to_hex(header.ref.hash),
                where=node.name,
            )
        logs += proven
        lines.append(f"block {number} {to_hex(block_hash)}: {len(proven)} logs proven")
    _verify_proposed(evidence, logs)
    row = f", {evidence['row']}" if evidence.get("row") else ""
    stage = f"stage {evidence['stage']}{row}: expected {evidence['expected']}, got {evidence['got']}"
    return [
        *lines,
        f"root {evidence['root']} was proposed for epoch {evidence['epoch']}",
        f"{len(logs)} logs are on this chain; what they are evidence of, in {stage}",
    ]


def _verify_proposed(evidence: Mapping[str, Any], logs: Sequence[Log]) -> None:
    """Raise UnsoundError unless one of the proven logs proposes the root and the report of the evidence."""
    try:
        distributor, root, report_hash = (
            bytes.fromhex(str(evidence[name]).removeprefix("0x")) for name in ("distributor", "root", "reportHash")
        )
        topics = _PROPOSED, int(evidence["epoch"]).to_bytes(32), root
    except (KeyError, ValueError, OverflowError) as error:
        raise InputError("this is no evidence", got=str(error)[:200]) from error
    if not any((at, names, data[:32]) == (distributor, topics, report_hash) for at, names, data in logs):
        raise UnsoundError(
            "none of the proven logs proposes the root that the evidence is against",
            expected=f"RootProposed {to_hex(root)} of epoch {evidence['epoch']}",
            got=f"{len(logs)} other logs",
            where=to_hex(distributor),
            remedy="do not act on this evidence",
        )
