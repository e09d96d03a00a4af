"""`pozk shadow`: a deployed PoZK network's rewards recomputed and compared with what its contracts paid."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.errors import InputError
from settlement.entry.account_option import read_account
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption, UnitsOption
from settlement.entry.views.output import Output, counted, note

if TYPE_CHECKING:
    from settlement.entry.configuration.settings import Settings
    from settlement.entry.documents.amounts import ShownAmounts
    from settlement.flows.shadow import ShadowResult

_SHOWN = 20


def shadow(
    vesting: Annotated[
        str | None,
        typer.Option("--vesting", help="The miners' vesting amounts: a file, `state` or `calls`."),
    ] = None,
    opening: Annotated[
        Path | None, typer.Option("--opening", help="Write what is owed as opening balances of another network.")
    ] = None,
    network: Annotated[
        Path | None, typer.Option("--network", help="With --opening: the configuration of the network they are for.")
    ] = None,
    account: Annotated[str | None, typer.Option("--account", help="Show one account alone.")] = None,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Recompute every reward of a deployed PoZK network, compare it with what was paid, and say what is owed."""
    from settlement.entry.configuration.assembly import read_settings
    from settlement.entry.configuration.shadow_access import load_seen, open_shadowed_lake
    from settlement.entry.configuration.units import read_amounts
    from settlement.entry.documents.shadow import shadow_document
    from settlement.flows.shadow import shadow as recompute

    if network is not None:
        _verify_not_settled(network)
    settings = read_settings(config)
    shown = None if account is None else read_account(account, "--account")
    with open_shadowed_lake(settings) as lake:
        amounts = read_amounts(settings, in_units=units)
        seen = load_seen(settings, lake, settings.vesting if vesting is None else vesting)
    result = recompute(seen)
    document = shadow_document(result, shown)
    if opening is not None:
        document |= {"opening": _write_opening(result, settings, opening)}
    output = Output(as_json=as_json)
    output.document(amounts.mark(document))
    _show(output, document, amounts)
    if not result.is_equal:
        raise typer.Exit(1)


def _verify_not_settled(network: Path) -> None:
    """Raise InputError where the network that balances are opened for has settled: they come before all else."""
    from settlement.entry.configuration.assembly import open_store, read_settings

    with open_store(read_settings(network)) as store:
        last = store.journal.last_epoch()
    if last is not None:
        raise InputError(
            "opening balances come before the first settlement",
            expected="no settled epoch",
            got=f"settled up to epoch {last}",
            where=str(network),
            remedy="what is owed after it, governance adds as corrections",
        )


def _write_opening(result: "ShadowResult", settings: "Settings", path: Path) -> dict[str, Any]:
    from settlement.entry.documents.shadow import opening_members
    from settlement.rules.shadow.opening import opening_balances, opening_bytes

    balances = opening_balances(result.found, result.extras, settings.contracts.token)
    content = opening_bytes(balances)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError("the opening balances cannot be written", got=str(error.strerror), where=str(path)) from error
    lost = [each for each in result.extras if each.account is None]
    if lost:
        note(f"warning: {counted(len(lost), 'rest')} of extra rewards have no known owner and are not in {path}")
    return opening_members(str(path), hashlib.sha256(content).digest(), balances)


def _show(output: Output, document: dict[str, Any], amounts: "ShownAmounts") -> None:
    totals, exact = document["totals"], document["exact"]
    output.line(
        f"{counted(totals['collects'], 'collect')}: {totals['equal']:,} as the rule says, {totals['different']:,} "
        f"different, {totals['undetermined']:,} undetermined; from the exact rule at most {exact['worst']} wei"
    )
    vesting = document["vesting"] or "unknown: what miners were paid is undetermined (--vesting FILE)"
    output.line(f"up to block {document['as_of']}, epoch {document['current_epoch']}; vesting amounts: {vesting}")
    wrong = [
        [epoch["epoch"], *_differing(row, amounts)]
        for epoch in document["epochs"]
        for row in epoch["collects"]
        if row["state"] == "different"
    ]
    if wrong:
        columns = ["epoch", "app", "role", "account", "paid", "rule", "transaction"]
        output.table(columns, wrong[:_SHOWN], f"DIFFERENT, the first {len(wrong[:_SHOWN])} of {len(wrong)}")
    if totals["pools_different"]:
        output.line(f"{counted(totals['pools_different'], 'pool')} opened with another amount than the rule gives")
    extras = [row for row in document["extra_payments"] if row["state"] == "different"]
    if extras:
        columns = ["epoch", "app", "what", "account", "token", "rule", "seen"]
        output.table(columns, [[row[name] for name in columns] for row in extras[:_SHOWN]], "extra rewards that DIFFER")
    rows = [
        [each["account"], *(amounts.cell(int(each[name])) for name in ("owed", "blocked"))]
        for each in document["accounts"]
    ]
    if rows:
        output.table(["account", "owed", "of it blocked"], rows, f"owed {amounts.say(int(totals['owed']))}")
    if "opening" in document:
        made = document["opening"]
        output.line(f"{counted(made['rows'], 'opening balance')} in {made['file']}, sha256 {made['sha256']}")
        output.table(["token", "amount"], [[each["token"], each["amount"]] for each in made["tokens"]])


def _differing(row: dict[str, Any], amounts: "ShownAmounts") -> list[Any]:
    who = [row[name] for name in ("app", "role", "account")]
    return [*who, *(amounts.cell(int(row[name])) for name in ("paid", "rule")), row["transaction"]]
