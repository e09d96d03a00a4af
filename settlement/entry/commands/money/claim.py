"""`pozk claim`: sends the claim of all that an account is owed."""

from indexer.words.quantities import to_hex
from settlement.entry.account_option import AccountArgument, read_account
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, DryRunOption, JsonOption, UnitsOption
from settlement.entry.views.output import Output
from settlement.entry.views.refusals import leave_with_refusals


def claim(
    account: AccountArgument,
    dry_run: DryRunOption = False,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send the claim of all that an account is owed; the tokens go to it (or to the recipient that it has set)."""
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.entry.configuration.units import read_amounts
    from settlement.entry.documents.claim import claim_document
    from settlement.entry.views.planned import may_send, show_planned
    from settlement.flows.claim import claim_account

    who, settings, output = read_account(account, "ACCOUNT"), read_settings(config), Output(as_json=as_json)
    chain = ChainAccess(settings)
    with open_store(settings) as store:
        amounts = read_amounts(settings, store.load_tokens, in_units=units)
        sender = chain.sender(store.journal.intents, is_dry=dry_run)
        with may_send(sender, store.journal):
            outcome = claim_account(chain.distributor, sender, store.journal, store.artifacts, who)
    document = claim_document(who, outcome) | show_planned(output, sender)
    output.document(amounts.mark(document))
    if outcome is None:
        output.line(f"nothing to claim for {to_hex(who)}")
    verb = "would pay" if sender.is_dry else "paid"
    for token, amount in outcome.paid if outcome else ():
        output.line(f"{verb} {amounts.cell(amount, token)} of {to_hex(token)} to {to_hex(who)}")
    reasons = [each.reason for each in outcome.refused] if outcome else []
    leave_with_refusals(output, reasons, document["refused"], amounts)
