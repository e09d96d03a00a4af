"""`pozk committee`: who voted what; votes by signature, signed and collected."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption
from settlement.entry.views.output import Output, note

if TYPE_CHECKING:
    from settlement.entry.configuration.assembly import Store
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.flows.committee import CommitteeView
    from settlement.flows.signatures import Gathered, Signatures
    from settlement.flows.verify import Verdict

committee = typer.Typer(
    help="Say who voted for which report; sign a vote, or send those that others signed.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
AtOption = Annotated[
    list[str],
    typer.Option("--at", metavar="PLACE", help="A folder or URL where signed votes lie; several: the first is ours."),
]


@committee.callback()
def view(
    context: typer.Context,
    epoch: EpochOption = None,
    bundle: Annotated[
        list[str] | None,
        typer.Option("--bundle", help="A member's bundle of the epoch, compared with ours; or two, with each other."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say who voted for which report, who is absent, and where two reports differ if their bundles are at hand."""
    if context.invoked_subcommand is not None:
        return
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


@committee.command()
def sign(at: AtOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Sign a vote for our report of the epoch that is voted on, for whoever sends it: it costs no gas."""
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.chain_access import ChainAccess

    settings = read_settings(config)
    chain = ChainAccess(settings)
    with open_store(settings) as store:
        vote, where = _signatures(store, chain, at).sign(chain.require_signer().address)
    output = Output(as_json=as_json)
    document = {"epoch": vote.ballot.epoch, "round": vote.round, "nonce": vote.nonce, "member": to_hex(vote.member)}
    output.document(document | {"report": to_hex(vote.ballot.report_hash), "at": where})
    output.line(f"epoch {vote.ballot.epoch}: signed for {to_hex(vote.member)}, at {where}")


@committee.command()
def collect(
    at: AtOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what lies there, send nothing.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send the signed votes for our report in one transaction, once they are a quorum with those that are cast."""
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.entry.views.planned import may_send, show_planned

    settings = read_settings(config)
    chain, output = ChainAccess(settings), Output(as_json=as_json)
    with open_store(settings) as store:
        signatures, sender = _signatures(store, chain, at), chain.sender(store.journal.intents, is_dry=dry_run)
        with may_send(sender, store.journal):
            found = signatures.gather()
            if not dry_run or len(found.good) >= found.needed:
                signatures.send(sender, found)
            planned = show_planned(output, sender)
    output.document(_gathered_document(found) | {"sent": not sender.is_dry} | planned)
    said = "would be sent" if sender.is_dry else "sent: the report is executed"
    output.line(f"epoch {found.ballot.epoch}: {len(found.good)} signatures, {found.needed} needed; {said}")


def _signatures(store: "Store", chain: "ChainAccess", places: list[str]) -> "Signatures":
    from settlement.adapters.votes.vote_files import VoteFiles
    from settlement.adapters.votes.vote_relay import ContractVoteRelay
    from settlement.flows.signatures import Signatures

    relay = ContractVoteRelay(chain.state, chain.distributor.address, chain.signer)
    board = VoteFiles(places, note)
    return Signatures(chain.distributor, relay, board, store.journal, store.artifacts, store.peers.find)


def _gathered_document(found: "Gathered") -> dict[str, Any]:
    return {
        "epoch": found.ballot.epoch,
        "report": to_hex(found.ballot.report_hash),
        "needed": found.needed,
        "signed": [to_hex(vote.member) for vote in found.good],
        "others": list(map(to_hex, found.others)),
        "refused": list(map(to_hex, found.refused)),
        "missing": list(map(to_hex, found.missing)),
    }


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
