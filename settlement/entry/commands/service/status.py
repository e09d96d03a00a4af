"""`pozk status`: one screen that says where everything stands."""

import time
from typing import TYPE_CHECKING, Any

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption, UnitsOption
from settlement.entry.views.output import Output, as_date, note

if TYPE_CHECKING:
    from settlement.entry.documents.amounts import ShownAmounts


def status(units: UnitsOption = False, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Say where everything stands: epochs, lag, votes, money, jobs, and what is wrong."""
    from dataclasses import replace

    from indexer.adapters.postgres.database import apply_migrations, connect, open_database
    from settlement.entry.configuration.assembly import read_settings
    from settlement.entry.configuration.units import read_amounts
    from settlement.entry.status import load_status
    from settlement.entry.system_errors import made_data_dir

    settings = read_settings(config)
    amounts = read_amounts(settings, in_units=units)
    data_dir = made_data_dir(settings.store.data_dir)
    with open_database(settings.store.database_url, data_dir) as database:
        with connect(database.uri) as connection:
            apply_migrations(connection, "journal")
        found = load_status(replace(settings, store=replace(settings.store, database_url=database.uri)), "asked")
    output = Output(as_json=as_json)
    output.document(amounts.mark(found.document))
    for line in _lines(found.document, amounts):
        output.line(line)
    if not found.measured:
        note("nothing was measured yet: `pozk run` does, or `pozk run --once`")


def _lines(document: dict[str, Any], amounts: "ShownAmounts") -> list[str]:
    """Return the screen."""
    lines = [f"{document['status']}: {', '.join(document['alerts']) or 'every check passes'}"]
    if "epoch" not in document:
        return [*lines, *(_check_line(check) for check in document["checks"])]
    epoch, blocks, committee = document["epoch"], document["blocks"], document["committee"]
    treasury, needed = (int(document["treasury"][name]) for name in ("wei", "needed_wei"))
    veto = f", {epoch['veto_seconds_left']} s left for a veto" if epoch["veto_seconds_left"] else ""
    lines += [
        f"epoch {epoch['open']} is open until {as_date(epoch['ends_at'])}; settled {_or_none(epoch['settled'])}, "
        f"voted on {epoch['voting']}, active {_or_none(epoch['active'])}, pending {epoch['pending']}{veto}",
        f"blocks: stored {blocks['stored']}, final {blocks['stored_final']} of {blocks['final']}; "
        f"{blocks['gaps']} gaps, {blocks['unproven']} unproven ranges",
        committee_line(committee, is_due=epoch["settled"] is not None and epoch["settled"] >= epoch["voting"]),
        f"signer: {_or_none(document['signer']['votes_left'])} votes left; treasury {amounts.say(treasury)}, "
        f"next epoch at most {amounts.cell(needed)}; {document['unpaid']} claims unpaid",
    ]
    lines += [_job_line(job) for job in document["jobs"]]
    return lines + [_check_line(check) for check in document["checks"] if not check["ok"]]


def _or_none(number: int | None) -> str:
    """Say a number that is -1 or absent where there is none."""
    return "none" if number is None or number < 0 else str(number)


def committee_line(committee: dict[str, Any], *, is_due: bool) -> str:
    """Say who is absent once the epoch that is voted on is settled here: nobody votes before that."""
    absent = f", absent {', '.join(committee['absent']) or 'none'}" if is_due else ""
    return f"committee of {committee['members']}{absent}" + (", they DISAGREE" if committee["dissent"] else "")


def _job_line(job: dict[str, Any]) -> str:
    age = "never" if job["succeeded_at"] is None else f"{int(time.time()) - job['succeeded_at']} s ago"
    return f"  {job['name']:<11} {job['state']:<8} done {age}{': ' + job['reason'] if job['reason'] else ''}"


def _check_line(check: dict[str, Any]) -> str:
    mark = "ok" if check["ok"] else "FAILS"
    said = f": {check['said']}" if check["said"] else ""
    since = as_date(check["since"])
    return f"  {mark} {check['name']}: {check['value']} {check['unit']}, limit {check['limit']}, since {since}{said}"
