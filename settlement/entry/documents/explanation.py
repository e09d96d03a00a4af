"""The document of `pozk explain`: an account's story, with its fractions."""

from typing import Any

from indexer.words.quantities import to_hex
from settlement.flows.explain import AccountStory
from settlement.rules.allocation.explanation import ExplainedRow
from settlement.rules.facts.account_facts import AccountFacts, ProofSeen, StakeChangeSeen
from settlement.rules.facts.aggregates import ROLE_NAMES, ROLE_RETURNED


def explanation_document(story: AccountStory, *, full: bool) -> dict[str, Any]:
    """Return the story as JSON: amounts as strings, addresses in hex, fractions as [numerator, denominator]."""
    normalization = story.explanation.normalization
    return {
        "account": to_hex(story.account),
        "epoch": story.epoch,
        "entitlements": [
            {"token": to_hex(entry.token), "before": str(entry.before), "after": str(entry.after)}
            for entry in story.entitlements
        ],
        "amounts": [_row_document(story.facts, row, full=full) for row in story.explanation.rows],
        "normalization": None
        if normalization is None
        else {
            "pool": str(normalization.pool),
            "floor_sum": str(normalization.floor_sum),
            "spare": str(normalization.spare),
        },
        "voided": story.is_voided,
        "corrections": [{"token": to_hex(row.token), "amount": str(row.amount)} for row in story.corrections],
        "opening": [{"token": to_hex(row.token), "amount": str(row.amount)} for row in story.opening],
        "nothing": [
            {
                "app": to_hex(entry.facts.app),
                "role": ROLE_NAMES[entry.facts.role],
                "reasons": [{"code": reason.code, "text": reason.text} for reason in entry.reasons],
                **_evidence_document(story.facts, entry.facts.app, entry.facts.role, full=full),
            }
            for entry in story.nothing
        ],
    }


def _row_document(facts: AccountFacts, row: ExplainedRow, *, full: bool) -> dict[str, Any]:
    evidence = {} if row.role == ROLE_RETURNED else _evidence_document(facts, row.app, row.role, full=full)
    return {
        "app": to_hex(row.app),
        "role": row.role_name,
        "token": None if row.token is None else to_hex(row.token),
        "scale": str(row.scale),
        "scale_meaning": row.scale_meaning,
        "factors": [
            {
                "name": factor.name,
                "of": factor.of,
                "numerator": str(factor.numerator),
                "denominator": str(factor.denominator),
                "exponent": [str(factor.exponent.numerator), str(factor.exponent.denominator)],
                "share": factor.share,
                "power": factor.power,
            }
            for factor in row.factors
        ],
        "value": row.value,
        "floor": str(row.floor),
        "lost": row.lost,
        "amount": str(row.amount),
        **evidence,
    }


def _evidence_document(facts: AccountFacts, app: bytes, role: int, *, full: bool) -> dict[str, Any]:
    proofs, changes = facts.proofs_of(app, role), facts.stake_changes_of(app, role)
    return {
        "quarantined": facts.quarantined_of(app, role),
        "proofs": _list_document([_proof_document(proof) for proof in proofs], full=full),
        "stake_changes": _list_document([_change_document(change) for change in changes], full=full),
    }


def _list_document(entries: list[dict[str, Any]], *, full: bool) -> dict[str, Any]:
    ends = {"first": entries[0] if entries else None, "last": entries[-1] if entries else None}
    return {"count": len(entries)} | ends | ({"all": entries} if full else {})


def _proof_document(proof: ProofSeen) -> dict[str, Any]:
    return {
        "block": proof.block_number,
        "log_index": proof.log_index,
        "task_id": to_hex(proof.task_id),
        "gates": str(proof.gates),
        "scheme": proof.scheme,
    }


def _change_document(change: StakeChangeSeen) -> dict[str, Any]:
    return {
        "block": change.block_number,
        "log_index": change.log_index,
        "delta": str(change.delta),
        "effective_epoch": change.effective_epoch,
    }
