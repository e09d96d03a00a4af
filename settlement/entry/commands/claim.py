"""`pozk claim`: sends the claim of all that an account is owed."""

from typing import TYPE_CHECKING

from indexer.words.quantities import to_hex
from settlement.entry.account_option import AccountArgument, read_account
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption, UnitsOption
from settlement.entry.views.output import Output
from settlement.entry.views.refusals import leave_with_refusals

if TYPE_CHECKING:
    pass


def claim(
    account: AccountArgument,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send the claim of all that an account is owed; the tokens go to it (or to the recipient that it has set)."""
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.chain_access import Chain
    from settlement.entry.documents.claim import claim_document
    from settlement.flows.claim import claim_account

    who, settings, output = read_account(account, "ACCOUNT"), read_settings(config), Output(as_json=as_json)
    chain = Chain(settings)
    with open_store(settings) as store, store.journal.lock_settlement():
        outcome = claim_account(chain.distributor, chain.sender(store.journal), store.journal, store.artifacts, who)
    paid = outcome.paid if outcome else ()
    known = chain.units([token for token, _ in paid]) if units else {}
    document = claim_document(who, outcome, known)
    output.document(document)
    if outcome is None:
        output.line(f"nothing to claim for {to_hex(who)}")
    for row in document["paid"]:
        output.line(f"paid {row.get('units') or row['amount']} of {row['token']} to {to_hex(who)}")
    leave_with_refusals(output, [each.reason for each in outcome.refused] if outcome else [], document["refused"])
