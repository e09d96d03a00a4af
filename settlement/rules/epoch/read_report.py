"""A report as a value: the one parser of its bytes (SPEC section 7), whoever wrote them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from indexer.words.blocks import BlockRef
from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32, parse_address, parse_hash, to_hex
from settlement.rules.columns.strict_json import read_json
from settlement.rules.epoch.digests import StageDigest
from settlement.rules.epoch.report import FORMAT, encode_canonical, hash_report
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.words.records import StoredReport

OLDER_FORMATS = ("1",)
"""Of which none is read any more: such epochs are settled anew."""

STAGES = ("events", "aggregates", "deposits", "amounts", "leaves")
"""In the order in which one is made of the other."""
ROW_STAGES = STAGES[1:]
"""Those that are rows of bytes, in 256 shards; events have a digest alone."""


@dataclass(frozen=True, slots=True)
class TokenTotal:
    """What a report says of a token, in wei: of its epoch, and of all epochs so far."""

    token: Address
    amount: int
    cumulative: int


@dataclass(frozen=True, slots=True)
class Report:
    """What readers ask of a report; `content` is all of it. Amounts in wei; `choice` is None in a voided epoch."""

    document: bytes = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)
    epoch: Epoch
    root: Hash32
    previous_report: Hash32
    first_block: BlockRef
    reference_block: BlockRef
    choice: RulesetChoice | None
    is_voided: bool
    pool: int
    distributed: int
    remainder: int
    stages: Mapping[str, StageDigest]
    totals: tuple[TokenTotal, ...]

    @property
    def hash(self) -> Hash32:
        """Return what oracles vote on."""
        return hash_report(self.document)

    @property
    def is_canonical(self) -> bool:
        """Return whether the bytes are the canonical ones of their content."""
        return encode_canonical(self.content) == self.document

    @property
    def cumulative_totals(self) -> list[tuple[Address, int]]:
        """Return (token, cumulative) as a vote carries them, ascending by token, in wei."""
        return [(total.token, total.cumulative) for total in self.totals]


def parse_report(document: bytes, where: str, epoch: Epoch | None = None, *, remedy: str = "") -> Report:
    """Return what a report says.

    InputError for one of another format; UnsoundError, with its epoch, for bytes that are no report. `epoch` is what it
    should be of, None where only the report says it; `where` and `remedy` are for errors.
    """
    try:
        content = read_json(document)
        if content["format"] != FORMAT:
            got = str(content["format"])
            raise InputError(
                "a report of another format", expected=f"format {FORMAT}", got=got, where=where, remedy=remedy
            )
        return _read(document, content)
    except (ValueError, KeyError, TypeError) as error:
        named = "a report" if epoch is None else f"the report of epoch {epoch}"
        raise UnsoundError(f"{named} cannot be read", got=repr(error), where=where, remedy=remedy) from error


def parse_stored(report: StoredReport) -> Report:
    """Return what a report of the journal says.

    UnsoundError, with its epoch, for one that cannot be read, or that is not what its hash, number and root say.
    """
    remedy = f"`pozk settle --redo --epoch {report.epoch}` settles it anew"
    verify_same(
        report.epoch, "the hash of its report", to_hex(hash_report(report.document)), to_hex(report.report_hash)
    )
    written = parse_report(report.document, "the journal", report.epoch, remedy=remedy)
    verify_same(report.epoch, "its number", report.epoch, written.epoch)
    verify_same(report.epoch, "its root", to_hex(written.root), to_hex(report.root))
    return written


def is_altered(report: StoredReport) -> bool:
    """Return whether a stored report is not what its hash, number and root say; one of an older format is not."""
    try:
        parse_stored(report)
    except UnsoundError:
        return _format_of(report.document) not in OLDER_FORMATS
    except InputError:
        return False
    return False


def verify_same(epoch: Epoch, what: str, expected: object, got: object) -> None:
    """Raise UnsoundError unless what is stored of an epoch is the same in two places."""
    if expected != got:
        raise UnsoundError(
            f"the stored epoch {epoch} was altered: {what} is another",
            expected=str(expected),
            got=str(got),
            where="the journal and data_dir/epochs",
            remedy=f"run `pozk verify --epoch {epoch}`; `pozk settle --redo --epoch {epoch}` settles it anew",
        )


def is_of_format(document: bytes) -> bool:
    """Return whether a report is of this format, the only one that is read."""
    return _format_of(document) == FORMAT


def _format_of(document: bytes) -> str | None:
    """Return the format that a report names, None for bytes that name none."""
    try:
        return str(read_json(document)["format"])
    except (ValueError, KeyError, TypeError):
        return None


def _read(document: bytes, content: Mapping[str, Any]) -> Report:
    is_voided = {"0": False, "1": True}[content["voided"]]
    return Report(
        document=document,
        content=content,
        epoch=Epoch(_count(content["epoch"])),
        root=parse_hash(content["root"]),
        previous_report=parse_hash(content["previous_report"]),
        first_block=_block(content["first_block"]),
        reference_block=_block(content["reference_block"]),
        choice=RulesetChoice(content["ruleset"], content["residual"]) if content["ruleset"] else None,
        is_voided=is_voided,
        pool=_count(content["pool"]),
        distributed=_count(content["distributed"]),
        remainder=_count(content["remainder"]),
        stages={stage: _stage(content["stages"][stage]) for stage in STAGES},
        totals=tuple(
            TokenTotal(parse_address(row["token"]), _count(row["amount"]), _count(row["cumulative"]))
            for row in content["totals"]
        ),
    )


def _count(text: Any) -> int:
    """Return a number as a report writes it; ValueError for anything but a string of decimal digits."""
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        raise ValueError(f"expected a string of digits, got {str(text)[:40]!r}")
    return int(text)


def _block(entry: Mapping[str, Any]) -> BlockRef:
    return BlockRef(BlockNumber(_count(entry["number"])), parse_hash(entry["hash"]))


def _stage(entry: Mapping[str, Any]) -> StageDigest:
    return StageDigest(_count(entry["count"]), parse_hash(entry["sha256"]))
