"""An account's story in words and as a JSON document."""

from fractions import Fraction

from indexer.words.quantities import Address, to_hex
from settlement.entry.documents.amounts import ShownAmounts
from settlement.flows.explain import AccountStory, Entitlement, Nothing, OpeningBalance
from settlement.rules.allocation.explanation import ExplainedRow, Normalization
from settlement.rules.facts.account_facts import AccountFacts, ProofSeen, StakeChangeSeen
from settlement.rules.facts.aggregates import ROLE_NAMES, ROLE_RETURNED
from settlement.rules.facts.epoch_facts import Correction


def headline(story: AccountStory) -> str:
    """Return what the story is about, and whether there is nothing to tell."""
    text = f"account {to_hex(story.account)}, epoch {story.epoch}"
    if not (story.entitlements or story.facts.roles or story.explanation.rows):
        text += ": it has no stake, no proof and no task in this network up to this epoch, and nothing is owed to it"
    if story.is_voided:
        text += ": governance voided the epoch, nothing of the emission is paid and bonus deposits go back"
    return text


def entitlement_line(entry: Entitlement, amounts: ShownAmounts) -> str:
    """Return what is owed of a token before and after."""
    before, after = (amounts.cell(amount, entry.token) for amount in (entry.before, entry.after))
    grown = amounts.say(entry.after - entry.before, entry.token)
    return f"leaf of token {to_hex(entry.token)}: {before} before, {after} after (+{grown})"


def amount_line(row: ExplainedRow, amounts: ShownAmounts) -> str:
    """Return what one row pays."""
    where = f"{row.role_name} in app {to_hex(row.app)}"
    kind = "emission" if row.token is None else f"bonus in token {to_hex(row.token)}"
    token = None if row.token is None else Address(row.token)
    paid = amounts.say(row.amount, token)
    if row.role == ROLE_RETURNED:
        return f"{kind}, app {to_hex(row.app)}: {paid} ({row.scale_meaning})"
    return f"{kind}, {where}: {paid} of {amounts.cell(row.scale, token)} ({row.scale_meaning})"


def factor_rows(row: ExplainedRow) -> list[list[str]]:
    """Return the table of a row's factors."""
    return [
        [
            factor.name,
            f"{factor.numerator}/{factor.denominator}",
            _fraction(factor.exponent),
            factor.share,
            factor.power,
            factor.of,
        ]
        for factor in row.factors
    ]


def evidence_lines(facts: AccountFacts, app: bytes, role: int, amounts: ShownAmounts, *, full: bool) -> list[str]:
    """Return the proofs and stake changes behind one app and role: counts with first and last, or all."""
    if role == ROLE_RETURNED:
        return []
    proofs = [_proof_words(proof) for proof in facts.proofs_of(app, role)]
    changes = [_change_words(change, amounts) for change in facts.stake_changes_of(app, role)]
    what = "proofs" if role == 0 else "proven tasks"
    aside = facts.quarantined_of(app, role)
    return [
        *_listed(what, proofs, full=full),
        *([f"  in quarantine, not counted by decision of governance: {aside}"] if aside else []),
        *_listed("stake changes", changes, full=full),
    ]


def normalization_line(done: Normalization) -> str:
    """Return what `normalize` did to every amount."""
    return (
        f"normalize: every exact floor y was paid as {done.pool} * y // {done.floor_sum}, "
        f"and {done.spare} wei left over went one each to the largest"
    )


def correction_line(correction: Correction, amounts: ShownAmounts) -> str:
    """Return what governance added."""
    added = amounts.say(correction.amount, correction.token)
    return f"correction by governance: {added} of token {to_hex(correction.token)}"


def opening_line(opening: OpeningBalance, amounts: ShownAmounts) -> str:
    """Return what the account brought along."""
    return (
        f"opening balance brought along: {amounts.say(opening.amount, opening.token)} of token {to_hex(opening.token)}"
    )


def nothing_line(nothing: Nothing) -> str:
    """Return why a role is paid nothing of the emission."""
    reasons = "; ".join(reason.text for reason in nothing.reasons)
    return f"nothing as {ROLE_NAMES[nothing.facts.role]} in app {to_hex(nothing.facts.app)}: {reasons}"


def _listed(what: str, entries: list[str], *, full: bool) -> list[str]:
    if not entries:
        return [f"  {what}: none"]
    if full:
        return [f"  {what}: {len(entries)}", *(f"    {entry}" for entry in entries)]
    ends = entries[0] if len(entries) == 1 else f"first {entries[0]}, last {entries[-1]}"
    return [f"  {what}: {len(entries)}, {ends}"]


def _proof_words(proof: ProofSeen) -> str:
    return f"block {proof.block_number} log {proof.log_index} ({proof.gates} gates, scheme {proof.scheme})"


def _change_words(change: StakeChangeSeen, amounts: ShownAmounts) -> str:
    where = f"block {change.block_number} log {change.log_index}"
    sign = "+" if change.delta >= 0 else ""
    return f"{sign}{amounts.say(int(change.delta))} from epoch {change.effective_epoch} ({where})"


def _fraction(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
