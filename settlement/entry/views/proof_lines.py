"""What `pozk proof` says to people, out of its document."""

from collections.abc import Mapping
from typing import Any

from indexer.words.quantities import parse_address
from settlement.entry.documents.amounts import ShownAmounts
from settlement.entry.documents.proof import AMOUNTS


def proof_lines(document: Mapping[str, Any], amounts: ShownAmounts) -> list[str]:
    """Return the document for people."""
    if not document["tokens"]:
        after = "yet" if document["epoch"] is None else f"after epoch {document['epoch']}"
        return [f"{document['account']} has no entitlement {after}"]
    state = "active" if document["active"] else "not active by then: nothing can be claimed with it yet"
    where = "the indexed final blocks" if document["source"] == "lake" else "the chain"
    lines = [
        f"account     {document['account']}",
        f"root        {document['root']} (epoch {document['epoch']}, {state})",
        f"as of       block {document['as_of']} of {where}",
    ]
    for row in document["tokens"]:
        token = parse_address(row["token"])
        lines += ["", f"token       {row['token']}"]
        lines += [f"{name:<12}{row[name]}{amounts.in_brackets(int(row[name]), token)}" for name in AMOUNTS]
        lines.append("proof       " + "\n            ".join(row["proof"]))
    lines += ["", f"contract    {document['contract']} (RewardDistributor)", f"function    {document['function']}"]
    if document["calldata"] is None:
        return [*lines, "nothing is left to claim"]
    return [*lines, f"calldata    {document['calldata']}", "to send it  " + str(document["cast"])]
