"""`pozk tx`: the transactions of this oracle, and what settles one that lies."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.quantities import to_hex
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption, whole_number, whole_option
from settlement.entry.views.output import Output, shorten

if TYPE_CHECKING:
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.entry.configuration.settings import Settings
    from settlement.flows.sending.fate import Fate
    from settlement.words.intents import Intent

tx = typer.Typer(
    help="List transactions and their fate; offer more for one, or withdraw it.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
COLUMNS = ["id", "purpose", "subject", "nonce", "state", "tried", "most gwei", "block", "gas", "since", "newest"]
SHOWN = 50
_DIGITS = 9
NumberArgument = Annotated[
    int, typer.Argument(metavar="ID", parser=whole_number(1, 2**62), help="Its number in the list.")
]
MaxFeeOption = Annotated[int | None, whole_option("--max-fee-gwei", 1, 10**9, "In place of signer.max_fee_gwei.")]


@tx.callback()
def listing(
    context: typer.Context,
    every: Annotated[
        bool, typer.Option("--all", help=f"All of them, not the newest {SHOWN} and the open ones.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List transactions and their fate; offer more for one, or withdraw it."""
    if context.invoked_subcommand is not None:
        return
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.words.intents import IntentState

    with open_store(read_settings(config), any_format=True) as store:
        listed = store.journal.intents.list_all()
    shown = listed if every else [each for each in listed[:-SHOWN] if each.state is IntentState.OPEN] + listed[-SHOWN:]
    output = Output(as_json=as_json)
    output.document({"transactions": [document_of(intent) for intent in shown], "left_out": len(listed) - len(shown)})
    if not shown:
        output.line("nothing was ever sent")
        return
    output.table(COLUMNS, [_cells(intent) for intent in shown])
    for intent in shown:
        if intent.state is IntentState.OPEN:
            output.line(
                f"{intent.id} is in no block yet: `pozk tx replace {intent.id}` offers more for it, "
                f"`pozk tx cancel {intent.id}` withdraws it"
            )


@tx.command()
def replace(
    number: NumberArgument,
    max_fee_gwei: MaxFeeOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Offer more for a transaction that is in no block, at the same nonce, and wait for it."""
    _end(number, max_fee_gwei, config, is_cancel=False, as_json=as_json)


@tx.command()
def cancel(
    number: NumberArgument,
    max_fee_gwei: MaxFeeOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Withdraw a transaction that is in no block: its nonce is used up by one that does nothing."""
    _end(number, max_fee_gwei, config, is_cancel=True, as_json=as_json)


def document_of(intent: "Intent") -> dict[str, Any]:
    """Return a transaction as a member of a document; times are UTC, fees wei for a unit of gas."""
    return {
        "id": intent.id,
        "purpose": intent.purpose,
        "subject": intent.subject,
        "sender": to_hex(intent.sender),
        "nonce": intent.nonce,
        "state": intent.state.value,
        "block": intent.block_number,
        "gas": intent.gas_used,
        "attempts": [
            {
                "hash": to_hex(attempt.hash),
                "max_fee_wei": str(attempt.fees.max_fee_wei),
                "tip_wei": None if attempt.fees.tip_wei is None else str(attempt.fees.tip_wei),
                "signed_at": _time(attempt.signed_at),
                "is_cancel": attempt.is_cancel,
            }
            for attempt in intent.attempts
        ],
    }


def _end(number: int, max_fee_gwei: int | None, config: Any, *, is_cancel: bool, as_json: bool) -> None:
    from settlement.entry.configuration.assembly import open_store, read_settings

    settings = read_settings(config)
    with open_store(settings, any_format=True) as store, store.journal.lock_settlement():
        chain = _access_of(settings, store.journal.intents.load_intent(number))
        sender = chain.sender(store.journal.intents, max_fee_gwei=max_fee_gwei)
        intent, fate = sender.replace(number, is_cancel=is_cancel)
        found = store.journal.intents.load_intent(number) or intent
    output = Output(as_json=as_json)
    output.document(document_of(found))
    output.line(_told(intent, fate))


def _access_of(settings: "Settings", intent: "Intent | None") -> "ChainAccess":
    """Return the access of the key that signed a transaction: the signer's, or the relayer's of distributions."""
    from settlement.entry.configuration.chain_access import ChainAccess

    both = [ChainAccess(settings, key) for key in ("signer", "relayer")]
    able = [access for access in both if access.signer is not None]
    if not able:
        both[0].require_signer()
    sender = None if intent is None else intent.sender
    return next((access for access in able if access.wallet().address == sender), able[0])


def _told(intent: "Intent", fate: "Fate") -> str:
    """Say what became of a transaction, and that nothing was left to do where that was known before."""
    what, block = f"{intent.id}, {intent.purpose} {intent.subject}", fate.receipt.block_number if fate.receipt else None
    where = (
        "its nonce went to a transaction that is not ours" if block is None else f"{fate.state.value} in block {block}"
    )
    return f"{what}: {where}" + ("" if intent.state.value == "open" else "; nothing is left to do")


def _cells(intent: "Intent") -> list[Any]:
    gwei = f"{intent.last.fees.max_fee_wei:0{_DIGITS + 1}d}"
    return [
        str(intent.id),
        intent.purpose,
        intent.subject,
        str(intent.nonce),
        intent.state.value,
        len(intent.attempts),
        f"{gwei[:-_DIGITS]}.{gwei[-_DIGITS:][:3]}",
        "" if intent.block_number is None else str(intent.block_number),
        "" if intent.gas_used is None else intent.gas_used,
        _time(intent.attempts[0].signed_at),
        shorten(intent.last.hash),
    ]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
