"""`pozk proof`, `pozk claim` and `pozk distribute`: what accounts are owed, and how they get it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.rules.checksum import read_address
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import Address, Epoch, to_hex
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption, UnitsOption
from settlement.entry.output import Output, counted, note

if TYPE_CHECKING:
    from settlement.flows.distribute import DistributionOutcome
    from settlement.rules.refusals import Refusal
    from settlement.rules.units import TokenUnits

AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account: 0x and 40 hex digits.")]


def proof(
    account: AccountArgument,
    token: Annotated[str | None, typer.Option("--token", help="Only this token.")] = None,
    epoch: EpochOption = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the chain what is claimed, not the indexed blocks.")
    ] = False,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Print what an account is owed after the newest settled epoch, or --epoch, with proofs, and how it claims."""
    from settlement.adapters.claims_seen import LakeClaims
    from settlement.entry.chain import Chain
    from settlement.entry.proof_document import Asked, document_lines, proof_document
    from settlement.entry.world import open_store, read_settings
    from settlement.flows.claim import prove_account

    who, wanted = read_account(account, "ACCOUNT"), read_account(token, "--token") if token else None
    output, settings = Output(as_json=as_json), read_settings(config)
    with open_store(settings) as store:
        at = Epoch(epoch) if epoch is not None else store.journal.last_epoch()
        found = prove_account(store.journal, store.artifacts, who, at) if at is not None else None
        chain, seen = Chain(settings), None
        if found is not None and live:
            seen = chain.paid_so_far(found)
        elif found is not None:
            claims = LakeClaims(store.lake, settings.contracts.distributor)
            seen = claims.load_state(who, found.epoch, found.root)
        known = chain.units([each.token for each in found.proofs] if found else []) if units else {}
    asked = Asked(who, wanted, at)
    document = proof_document(asked, found, seen, chain.distributor, known, settings.chain.rpc)
    output.document(document)
    for line in document_lines(document):
        output.line(line)


def claim(
    account: AccountArgument,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send the claim of all that an account is owed; the tokens go to it (or to the recipient that it has set)."""
    from settlement.entry.chain import Chain
    from settlement.entry.world import open_store, read_settings
    from settlement.flows.claim import claim_account

    who, settings, output = read_account(account, "ACCOUNT"), read_settings(config), Output(as_json=as_json)
    chain = Chain(settings)
    with open_store(settings) as store, store.journal.lock_settlement():
        outcome = claim_account(chain.distributor, chain.sender(store.journal), store.journal, store.artifacts, who)
    paid = outcome.paid if outcome else ()
    refused = [_refused_row(each.token, each.owed, each.reason) for each in outcome.refused] if outcome else []
    known = chain.units([token for token, _ in paid]) if units else {}
    rows = [{"token": to_hex(token), "amount": str(amount)} | _in_units(token, amount, known) for token, amount in paid]
    document = {"account": to_hex(who), "epoch": outcome.epoch if outcome else None, "paid": rows, "refused": refused}
    output.document(document)
    if outcome is None:
        output.line(f"nothing to claim for {to_hex(who)}")
    for row in rows:
        output.line(f"paid {row.get('units') or row['amount']} of {row['token']} to {to_hex(who)}")
    _leave_with_refusals(output, [each.reason for each in outcome.refused] if outcome else [], refused)


def distribute(
    batch: Annotated[int, typer.Option("--batch", min=1, max=200, help="Claims in one transaction.")] = 50,
    gas_budget: Annotated[
        int, typer.Option("--gas-budget", min=0, max=2**63 - 1, help="Stop before this much gas; 0: no limit.")
    ] = 0,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Claim on behalf of every account that is owed something, in batches."""
    from settlement.adapters.claims_seen import LakeClaims
    from settlement.entry.chain import Chain
    from settlement.entry.world import open_store, read_settings
    from settlement.flows.distribute import distribute_claims

    settings, output = read_settings(config), Output(as_json=as_json)
    with open_store(settings) as store, store.journal.lock_settlement():
        chain = Chain(settings)
        outcome = distribute_claims(
            chain.distributor,
            chain.sender(store.journal),
            store.journal,
            store.artifacts,
            LakeClaims(store.lake, settings.contracts.distributor),
            batch,
            gas_budget,
            note,
        )
    refused = [_refused_row(each.token, each.owed, each.reason) | {"claims": each.claims} for each in outcome.refused]
    output.document(asdict(outcome) | {"refused": refused})
    if not outcome.claims and not outcome.left:
        output.line("nothing to distribute: every claim is paid")
    else:
        output.line(
            f"{counted(outcome.claims, 'claim')} in {counted(outcome.transactions, 'transaction')}, {outcome.gas:,} gas"
        )
        output.line(f"{counted(outcome.left, 'claim')} left{_why_left(outcome)}")
    _leave_with_refusals(output, [each.reason for each in outcome.refused], refused)


def read_account(text: str, where: str) -> Address:
    """Return an address typed by a user; InputError names the place."""
    try:
        return read_address(text)
    except ValueError as error:
        raise InputError("not an address", expected=str(error), got=repr(text), where=where) from error


def _why_left(outcome: "DistributionOutcome") -> str:
    if outcome.next_gas:
        return (
            f": the next batch needs {outcome.next_gas:,} gas, more than is left; raise --gas-budget or lower --batch"
        )
    return ": left out, because they would be refused now" if outcome.refused else ""


def _refused_row(token: Address, owed: int, reason: "Refusal") -> dict[str, Any]:
    return {"token": to_hex(token), "owed": str(owed), "reason": reason.words, "passes": reason.passes}


def _leave_with_refusals(output: Output, reasons: "list[Refusal]", rows: list[dict[str, Any]]) -> None:
    """Say what was left out; exit code 3 where it passes by itself, 1 where it does not."""
    for row in rows:
        later = "call again later" if row["passes"] else "see `pozk check`"
        output.line(f"left out: {row['owed']} of {row['token']}, the contract refuses: {row['reason']}; {later}")
    if reasons:
        raise typer.Exit(RetryLaterError.exit_code if all(each.passes for each in reasons) else UnsoundError.exit_code)


def _in_units(token: Address, amount: int, known: "Mapping[Address, TokenUnits]") -> dict[str, str]:
    from settlement.rules.units import in_units

    return {"units": in_units(amount, known[token])} if token in known else {}
