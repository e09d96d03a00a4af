"""`pozk explain`: from an account's leaf back to proofs, stakes, factors and rounding."""

from typing import TYPE_CHECKING, Annotated

import typer

from indexer.words.quantities import Epoch
from settlement.entry.account_option import AccountArgument, read_account
from settlement.entry.options import DEFAULT_CONFIG, MAX_EPOCH, ConfigOption, JsonOption, UnitsOption, whole_option
from settlement.entry.views.output import Output
from settlement.words.errors import not_settled

if TYPE_CHECKING:
    from settlement.entry.documents.amounts import ShownAmounts
    from settlement.flows.explain import AccountStory


def explain(
    account: AccountArgument,
    epoch: Annotated[int, whole_option("--epoch", 0, MAX_EPOCH, "A settled epoch.")],
    full: Annotated[bool, typer.Option("--full", help="List every proof and stake change.")] = False,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Explain every wei of an account in an epoch, or why there is none."""
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.units import read_amounts
    from settlement.entry.documents.explanation import explanation_document
    from settlement.flows.explain import explain_account

    who, output, settings = read_account(account, "ACCOUNT"), Output(as_json=as_json), read_settings(config)
    with open_store(settings) as store:
        if store.journal.load_report(Epoch(epoch)) is None:
            raise not_settled(Epoch(epoch), store.journal.last_epoch())
        amounts = read_amounts(settings, store.load_tokens, in_units=units)
        story = explain_account(store.settler, who, Epoch(epoch))
    output.document(amounts.mark(explanation_document(story, full=full)))
    show_story(output, story, amounts, full=full)


def show_story(output: Output, story: "AccountStory", amounts: "ShownAmounts", *, full: bool) -> None:
    """Print an account's story for people."""
    from settlement.entry.views import story as words

    output.line(words.headline(story))
    for entry in story.entitlements:
        output.line(words.entitlement_line(entry, amounts))
    for row in story.explanation.rows:
        output.line("\n" + words.amount_line(row, amounts))
        if row.factors:
            output.table(["factor", "exact", "exponent", "share", "power", "of"], words.factor_rows(row))
            output.line(f"exact value {row.value} wei, rounding cost {row.lost} wei")
        for line in words.evidence_lines(story.facts, row.app, row.role, amounts, full=full):
            output.line(line)
    if story.explanation.normalization is not None:
        output.line("\n" + words.normalization_line(story.explanation.normalization))
    for correction in story.corrections:
        output.line("\n" + words.correction_line(correction, amounts))
    for opening in story.opening:
        output.line("\n" + words.opening_line(opening, amounts))
    for nothing in story.nothing:
        output.line("\n" + words.nothing_line(nothing))
        for line in words.evidence_lines(story.facts, nothing.facts.app, nothing.facts.role, amounts, full=full):
            output.line(line)
