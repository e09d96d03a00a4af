"""`pozk proof`, `pozk claim` and `pozk distribute`: what accounts are owed, and how they get it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.rules.checksum import read_address
from indexer.words.errors import InputError
from indexer.words.quantities import Address, Epoch, to_hex
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption
from settlement.entry.output import Output, counted, note

if TYPE_CHECKING:
    from settlement.flows.claim import AccountProofs
    from settlement.flows.distribute import DistributionOutcome

AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account: 0x and 40 hex digits.")]


def proof(
    account: AccountArgument,
    token: Annotated[str | None, typer.Option("--token", help="Only this token.")] = None,
    epoch: EpochOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Print the proof of what an account is owed after the newest settled epoch, or after --epoch."""
    from settlement.entry.world import open_store, read_settings
    from settlement.flows.claim import prove_account

    who, wanted = read_account(account, "ACCOUNT"), read_account(token, "--token") if token else None
    output = Output(as_json=as_json)
    with open_store(read_settings(config)) as store:
        at = Epoch(epoch) if epoch is not None else store.journal.last_epoch()
        found = prove_account(store.journal, store.artifacts, who, at) if at is not None else None
    documents = _proof_documents(found, wanted) if found is not None else []
    output.document(documents[0] | {"proofs": documents} if documents else _no_proof(who, wanted, at))
    if not documents:
        output.line(f"{to_hex(who)} has no entitlement" + (f" after epoch {at}" if at is not None else " yet"))
    for document in documents:
        output.line(f"account     {document['account']}\ntoken       {document['token']}")
        output.line(f"cumulative  {document['cumulative']}\nroot        {document['root']} (epoch {document['epoch']})")
        output.line("proof       " + "\n            ".join(document["proof"]))


def claim(account: AccountArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Send the claim of all that an account is owed; the tokens go to it (or to the recipient that it has set)."""
    from settlement.entry.chain import Chain
    from settlement.entry.world import open_store, read_settings
    from settlement.flows.claim import claim_account

    who, settings, output = read_account(account, "ACCOUNT"), read_settings(config), Output(as_json=as_json)
    with open_store(settings) as store, store.journal.lock_settlement():
        chain = Chain(settings)
        outcome = claim_account(chain.distributor, chain.sender(store.journal), store.journal, store.artifacts, who)
    paid = [{"token": to_hex(token), "amount": str(amount)} for token, amount in outcome.paid] if outcome else []
    output.document({"account": to_hex(who), "epoch": outcome.epoch if outcome else None, "paid": paid})
    if not paid:
        output.line(f"nothing to claim for {to_hex(who)}")
    for row in paid:
        output.line(f"paid {row['amount']} of {row['token']} to {to_hex(who)}")


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
    output.document(asdict(outcome))
    if not outcome.claims and not outcome.left:
        output.line("nothing to distribute: every claim is paid")
    else:
        output.line(
            f"{counted(outcome.claims, 'claim')} in {counted(outcome.transactions, 'transaction')}, {outcome.gas:,} gas"
        )
        output.line(f"{counted(outcome.left, 'claim')} left{_why_left(outcome)}")


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
    return ": their token refused, or totals and funds do not cover them (see ClaimSkipped)" if outcome.left else ""


def _proof_documents(found: "AccountProofs", wanted: Address | None) -> list[dict[str, Any]]:
    return [
        {
            "account": to_hex(proof.account),
            "token": to_hex(proof.token),
            "cumulative": str(proof.cumulative),
            "proof": [to_hex(node) for node in proof.siblings],
            "root": to_hex(found.root),
            "epoch": found.epoch,
        }
        for proof in found.proofs
        if wanted in (None, proof.token)
    ]


def _no_proof(account: Address, token: Address | None, epoch: Epoch | None) -> dict[str, Any]:
    return {
        "account": to_hex(account),
        "token": to_hex(token) if token else None,
        "cumulative": "0",
        "proof": [],
        "proofs": [],
        "root": None,
        "epoch": epoch,
    }
