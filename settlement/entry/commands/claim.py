"""`pozk claim`: sends the claim of all that an account is owed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from indexer.words.quantities import Address, to_hex
from settlement.entry.account_option import AccountArgument, read_account
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption, UnitsOption
from settlement.entry.views.output import Output
from settlement.entry.views.refusals import leave_with_refusals, refused_row

if TYPE_CHECKING:
    from settlement.rules.columns.units import TokenUnits


def claim(
    account: AccountArgument,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send the claim of all that an account is owed; the tokens go to it (or to the recipient that it has set)."""
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.chain_access import Chain
    from settlement.flows.claim import claim_account

    who, settings, output = read_account(account, "ACCOUNT"), read_settings(config), Output(as_json=as_json)
    chain = Chain(settings)
    with open_store(settings) as store, store.journal.lock_settlement():
        outcome = claim_account(chain.distributor, chain.sender(store.journal), store.journal, store.artifacts, who)
    paid = outcome.paid if outcome else ()
    refused = [refused_row(each.token, each.owed, each.reason) for each in outcome.refused] if outcome else []
    known = chain.units([token for token, _ in paid]) if units else {}
    rows = [{"token": to_hex(token), "amount": str(amount)} | _in_units(token, amount, known) for token, amount in paid]
    document = {"account": to_hex(who), "epoch": outcome.epoch if outcome else None, "paid": rows, "refused": refused}
    output.document(document)
    if outcome is None:
        output.line(f"nothing to claim for {to_hex(who)}")
    for row in rows:
        output.line(f"paid {row.get('units') or row['amount']} of {row['token']} to {to_hex(who)}")
    leave_with_refusals(output, [each.reason for each in outcome.refused] if outcome else [], refused)


def _in_units(token: Address, amount: int, known: "Mapping[Address, TokenUnits]") -> dict[str, str]:
    from settlement.rules.columns.units import in_units

    return {"units": in_units(amount, known[token])} if token in known else {}
