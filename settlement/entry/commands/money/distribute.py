"""`pozk distribute`: claims on behalf of every account that is owed something."""

from typing import TYPE_CHECKING, Annotated

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, DryRunOption, JsonOption, UnitsOption, whole_option
from settlement.entry.views.output import Output, counted, note
from settlement.entry.views.refusals import leave_with_refusals

if TYPE_CHECKING:
    from settlement.flows.distribute import DistributionOutcome


def distribute(
    batch: Annotated[int, whole_option("--batch", 1, 200, "Claims in one transaction.")] = 50,
    gas_budget: Annotated[
        int, whole_option("--gas-budget", 0, 2**63 - 1, "Stop before this much gas; 0: no limit.")
    ] = 0,
    dry_run: DryRunOption = False,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Claim on behalf of every account that is owed something, in batches."""
    from settlement.adapters.lake.claims_seen import LakeClaims
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.entry.configuration.units import read_amounts
    from settlement.entry.documents.claim import distribution_document
    from settlement.entry.views.planned import may_send, show_planned
    from settlement.flows.distribute import distribute_claims

    settings, output = read_settings(config), Output(as_json=as_json)
    with open_store(settings) as store:
        chain = ChainAccess(settings)
        amounts = read_amounts(settings, store.load_tokens, in_units=units)
        sender = chain.sender(store.journal.intents, is_dry=dry_run)
        with may_send(sender, store.journal):
            outcome = distribute_claims(
                chain.distributor,
                sender,
                store.journal,
                store.artifacts,
                LakeClaims(store.lake, settings.contracts.distributor),
                batch,
                gas_budget,
                note,
            )
    document = distribution_document(outcome) | show_planned(output, sender)
    output.document(amounts.mark(document))
    if not outcome.claims and not outcome.left:
        output.line("nothing to distribute: every claim is paid")
    else:
        output.line(
            f"{counted(outcome.claims, 'claim')} in {counted(outcome.transactions, 'transaction')}, {outcome.gas:,} gas"
        )
        output.line(f"{counted(outcome.left, 'claim')} left{_why_left(outcome)}")
    leave_with_refusals(output, [each.reason for each in outcome.refused], document["refused"], amounts)


def _why_left(outcome: "DistributionOutcome") -> str:
    if outcome.next_gas:
        return (
            f": the next batch needs {outcome.next_gas:,} gas, more than is left; raise --gas-budget or lower --batch"
        )
    return ": left out, because they would be refused now" if outcome.refused else ""
