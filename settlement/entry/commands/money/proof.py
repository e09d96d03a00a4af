"""`pozk proof`: what an account is owed, and how it claims."""

from typing import TYPE_CHECKING, Annotated

import typer

from indexer.words.quantities import Address, Epoch
from settlement.entry.account_option import AccountArgument, read_account
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption, UnitsOption
from settlement.entry.views.output import Output

if TYPE_CHECKING:
    from settlement.entry.configuration.assembly import Store
    from settlement.entry.configuration.settings import Settings
    from settlement.flows.claim import AccountProofs
    from settlement.words.claim_state import PaidSoFar


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
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.units import read_amounts
    from settlement.entry.documents.proof import Asked, proof_document
    from settlement.entry.views.proof_lines import proof_lines
    from settlement.flows.claim import prove_account

    who, wanted = read_account(account, "ACCOUNT"), read_account(token, "--token") if token else None
    output, settings = Output(as_json=as_json), read_settings(config)
    with open_store(settings) as store:
        at = Epoch(epoch) if epoch is not None else store.journal.last_epoch()
        found = prove_account(store.journal, store.artifacts, who, at) if at is not None else None
        seen = None if found is None else _ask_chain(settings, found) if live else _ask_lake(store, who, found)
        amounts = read_amounts(settings, store.load_tokens, in_units=units)
    asked = Asked(who, wanted, at)
    document = proof_document(asked, found, seen, settings.contracts.distributor, settings.chain.rpc)
    output.document(amounts.mark(document))
    for line in proof_lines(document, amounts):
        output.line(line)


def _ask_chain(settings: "Settings", found: "AccountProofs") -> "PaidSoFar":
    """Return what the contract says now."""
    from settlement.entry.configuration.chain_access import ChainAccess

    return ChainAccess(settings).paid_so_far(found)


def _ask_lake(store: "Store", who: Address, found: "AccountProofs") -> "PaidSoFar":
    """Return what the indexed final blocks say."""
    from settlement.adapters.lake.claims_seen import LakeClaims

    return LakeClaims(store.lake, store.settings.contracts.distributor).load_state(who, found.epoch, found.root)
