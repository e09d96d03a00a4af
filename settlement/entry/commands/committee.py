"""`pozk committee`: who voted what."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption
from settlement.entry.views.output import Output

if TYPE_CHECKING:
    from settlement.entry.configuration.assembly import Store
    from settlement.flows.committee import CommitteeView
    from settlement.flows.verify import Verdict


def committee(
    epoch: EpochOption = None,
    bundle: Annotated[
        list[str] | None,
        typer.Option("--bundle", help="A member's bundle of the epoch, compared with ours; or two, with each other."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say who voted for which report, who is absent, and where two reports differ if their bundles are at hand."""
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.flows.committee import view_committee

    settings, bundles = read_settings(config), bundle or []
    if len(bundles) > 2:
        raise typer.BadParameter("--bundle is given once or twice")
    with open_store(settings) as store:
        wanted = None if epoch is None else Epoch(epoch)
        seen = view_committee(
            ChainAccess(settings).distributor, store.journal, wanted, lambda each: _stored_votes(store, each)
        )
        differs = _difference(store, seen.epoch, bundles) if bundles else None
    output = Output(as_json=as_json)
    output.document(committee_document(seen, differs))
    for line in _lines(seen, differs):
        output.line(line)


def _difference(store: "Store", epoch: Epoch, bundles: list[str]) -> "Verdict":
    """Return where a member's bundle differs from ours, or two members' from each other."""
    from settlement.adapters.store.bundle import open_bundle
    from settlement.flows.bundles import compare_bundles

    other = open_bundle(bundles[1]) if bundles[1:] else store.artifacts.load_epoch(epoch)
    return compare_bundles(open_bundle(bundles[0]), other)


def _stored_votes(store: "Store", epoch: Epoch) -> dict[Address, Hash32]:
    """Return the votes that are stored in the lake; none where there is no lake."""
    from indexer.words.errors import RetryLaterError
    from sql import load_sql

    try:
        rows = store.lake.query(load_sql("service/votes"), {"epoch": epoch}).to_pylist()
    except RetryLaterError:
        return {}
    return {Address(row["oracle"]): Hash32(row["report_hash"]) for row in rows}


def committee_document(seen: "CommitteeView", differs: "Verdict | None") -> dict[str, Any]:
    """Return the votes of an epoch as a document."""
    return {
        "epoch": seen.epoch,
        "state": seen.state,
        "quorum": seen.quorum,
        "executed": None if seen.executed is None else to_hex(seen.executed),
        "ours": None if seen.ours is None else to_hex(seen.ours),
        "members": [
            {"member": to_hex(member), "report": None if vote is None else to_hex(vote), "is_ours": vote == seen.ours}
            for member, vote in sorted(seen.votes.items())
        ],
        "absent": [to_hex(member) for member in seen.absent],
        "split": seen.is_split,
        "difference": None
        if differs is None
        else {"stage": differs.stage, "expected": differs.expected, "got": differs.got, "row": differs.row},
    }


def _lines(seen: "CommitteeView", differs: "Verdict | None") -> list[str]:
    lines = [f"epoch {seen.epoch}: {seen.state}; {len(seen.votes)} members, {seen.quorum} equal votes execute a report"]
    for member, vote in sorted(seen.votes.items()):
        if vote is None:
            said = "has not voted" if seen.executed is None else "no vote is held"
        else:
            said = f"voted for {to_hex(vote)}" + (", as we settled it" if vote == seen.ours else ", NOT our report")
        lines.append(f"  {to_hex(member)} {said}")
    if seen.executed is not None:
        lines.append("the executed report is ours" if seen.executed == seen.ours else "the executed report is NOT ours")
    if differs is not None:
        lines.append(
            "the bundles report the same" if differs.is_ok else f"they differ in {differs.stage}: {differs.row or ''}"
        )
    return lines
