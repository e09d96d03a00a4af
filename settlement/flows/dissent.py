"""The committee executed another report than ours: what is said of it, and where both differ if a bundle is at hand."""

from collections.abc import Callable

from indexer.words.errors import PozkError, UnsoundError
from indexer.words.quantities import Epoch, Hash32, to_hex
from settlement.flows.bundles import compare_bundles
from settlement.ports.artifacts import ArtifactStore, EpochBundle
from settlement.ports.facts import Facts
from settlement.rules.epoch.report import hash_report

FindBundle = Callable[[Epoch, Hash32], EpochBundle | None]
"""Finds somebody's bundle of an epoch whose report has that hash."""


def no_bundle(_epoch: Epoch, _report_hash: Hash32) -> None:
    """Find none."""


def dissent(
    epoch: Epoch, executed: Hash32, ours: Hash32, artifacts: ArtifactStore, find: FindBundle, *, what: str
) -> UnsoundError:
    """Return the error that says both hashes and, where `find` has the executed bundle, the first stage that differs.

    Whatever is wrong with that bundle, or with our files, hides nothing of it.
    """
    stage, row = _first_difference(epoch, executed, artifacts, find)
    return UnsoundError(
        f"{what}{stage}",
        expected=to_hex(executed),
        got=to_hex(ours),
        where=row,
        remedy=""
        if stage
        else f"run `pozk verify --epoch {epoch}`; --bundle, or settlement.peers, of an oracle that voted for it: "
        "the first stage that differs is named",
    )


def _first_difference(epoch: Epoch, executed: Hash32, artifacts: ArtifactStore, find: FindBundle) -> tuple[str, str]:
    """Return in words the first stage and the first row that differ, both empty where no bundle is at hand."""
    try:
        other = find(epoch, executed)
        if other is None:
            return "", ""
        verdict = compare_bundles(other, artifacts.load_epoch(epoch))
    except PozkError as error:
        return f", and its bundle cannot be compared: {error.line()}", ""
    if verdict.is_ok:
        return "", ""
    return f" in {verdict.stage}: expected {verdict.expected}, got {verdict.got}", verdict.row or ""


def compare_with_executed(epoch: Epoch, artifacts: ArtifactStore, facts: Facts, find: FindBundle) -> str:
    """Return in words that our report of an epoch is what the committee executed, or that it executed none.

    UnsoundError if it executed another.
    """
    proposed, ours = facts.load_proposed_root(epoch), hash_report(artifacts.load_epoch(epoch).load_document())
    if proposed is None:
        return f"epoch {epoch}: no report is executed yet"
    if proposed[1] == ours:
        return f"epoch {epoch}: our report is the executed one"
    what = f"our report of epoch {epoch} still differs from the executed one"
    raise dissent(epoch, proposed[1], ours, artifacts, find, what=what)
