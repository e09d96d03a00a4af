"""Claims that the contract refuses: their lines, and the exit code that they leave."""

from typing import TYPE_CHECKING, Any

import typer

from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.quantities import parse_address
from settlement.entry.views.output import Output

if TYPE_CHECKING:
    from settlement.entry.documents.amounts import ShownAmounts
    from settlement.rules.contracts.refusals import ContractRefusal


def leave_with_refusals(
    output: Output, reasons: "list[ContractRefusal]", rows: list[dict[str, Any]], amounts: "ShownAmounts"
) -> None:
    """Say what was left out; exit code 3 where it passes by itself, 1 where it does not."""
    for row in rows:
        later = "call again later" if row["passes"] else "see `pozk check`"
        owed = amounts.cell(int(row["owed"]), parse_address(row["token"]))
        output.line(f"left out: {owed} of {row['token']}, the contract refuses: {row['reason']}; {later}")
    if reasons:
        raise typer.Exit(RetryLaterError.exit_code if all(each.passes for each in reasons) else UnsoundError.exit_code)
