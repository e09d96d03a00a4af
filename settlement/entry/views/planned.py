"""What a dry run would have sent: its calls, their gas and what they may cost."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from indexer.words.quantities import to_hex
from settlement.entry.views.output import Output
from settlement.flows.sending.send import GAS_MARGIN_PERCENT, Sender
from settlement.ports.journal import ReportJournal
from settlement.rules.sending.fees import first_fees
from settlement.words.intents import PlannedCall


def may_send(sender: Sender, journal: ReportJournal) -> AbstractContextManager[None]:
    """Hold the right to send, unless this is a dry run, which disturbs nobody."""
    return nullcontext() if sender.is_dry else journal.lock_settlement()


def show_planned(output: Output, sender: Sender) -> dict[str, Any]:
    """Say what a dry run would have sent; return the members that it adds to a document, none in a real run."""
    if not sender.is_dry:
        return {}
    price = _price_wei(sender) if sender.planned else None
    rows = [_row(call, price) for call in sender.planned]
    for row in rows:
        gas = "gas unknown without an account" if row["gas"] is None else f"about {row['gas']:,} gas"
        cost = "" if row["cost_wei"] is None else f", at most {row['cost_wei']} wei"
        output.line(f"would send {row['purpose']} {row['subject']} to {row['to']}: {gas}{cost}")
    output.line(f"dry run: nothing was sent{'' if rows else ', and nothing would be'}")
    return {"dry_run": True, "planned": rows}


def _price_wei(sender: Sender) -> int | None:
    """Return the most that one unit of gas would cost now, None where that is above the cap."""
    fees = first_fees(sender.wallet.fetch_market(), sender.fee_cap_wei)
    return None if fees is None else fees.max_fee_wei


def _row(call: PlannedCall, price: int | None) -> dict[str, Any]:
    cost = None
    if price is not None and call.gas is not None:
        cost = str((call.gas + call.gas * GAS_MARGIN_PERCENT // 100) * price)
    return {
        "purpose": call.purpose,
        "subject": call.subject,
        "to": to_hex(call.to),
        "data": to_hex(call.data),
        "gas": call.gas,
        "cost_wei": cost,
    }
