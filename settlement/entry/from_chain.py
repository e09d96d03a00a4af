"""Everything from the chain alone: indexed and settled in a scratch directory, then compared."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from indexer.adapters.store.lake import open_lake
from indexer.flows.runs.ingest import ingest
from indexer.words.errors import InputError
from indexer.words.quantities import Epoch
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.entry.configuration.assembly import Store, ingest_settings, open_nodes, open_store
from settlement.entry.configuration.settings import Settings, StoreSettings
from settlement.flows.verify import Verdict, compare_chain, compare_settlement, note_of_choice
from settlement.rules.epoch.read_report import parse_report
from settlement.rules.epoch.settlement import Settlement
from settlement.rules.facts.epoch_facts import RulesetChoice


def judge_from_chain(settings: Settings, epoch: int | None) -> list[Verdict]:
    """Return the verdicts on every epoch, or on one, computed from the nodes alone.

    Compared are the roots that the committee proposed and, where this data directory has settled, its epochs.
    """
    stored = FolderArtifacts(settings.store.data_dir)
    with _scratch_store(settings) as scratch:
        whole = LakeFacts(scratch.lake, settings.clock, settings.chain.level)  # keeps no stakes: sums all of them
        verdicts = []
        settler = replace(scratch.settler, facts=whole, in_parts=False)
        for settlement in settler.settle_all(choice_of=partial(_choice_of, stored, settler.configured)):
            if isinstance(settlement, Settlement) and epoch in (None, settlement.facts.epoch):
                verdicts.append(_verdict(scratch, stored, settlement))
            if settlement.facts.epoch == epoch:
                break
        if epoch is not None and not verdicts:
            raise InputError(f"epoch {epoch} is not on the chain", expected="a finished epoch", got="none")
        return verdicts


def _choice_of(stored: FolderArtifacts, configured: RulesetChoice, epoch: Epoch) -> RulesetChoice:
    """Return the ruleset of the stored report of an epoch, the configured one where there is none."""
    if not stored.folder(epoch).is_dir():
        return configured
    document = stored.load_epoch(epoch).load_document()
    remedy = "run `pozk settle --redo` from the first epoch on"
    return parse_report(document, str(stored.folder(epoch)), epoch, remedy=remedy).choice or configured


def _verdict(scratch: Store, stored: FolderArtifacts, settlement: Settlement) -> Verdict:
    epoch = settlement.facts.epoch
    found = compare_chain(scratch.settler, settlement)
    if found is None and stored.folder(epoch).is_dir():
        bundle = stored.load_epoch(epoch)
        found = compare_settlement(settlement, bundle.load_document(), bundle)
    choice = _choice_of(stored, scratch.settler.configured, epoch)
    return replace(found or Verdict(epoch), note=note_of_choice(settlement, choice, scratch.settler.configured))


@contextmanager
def _scratch_store(settings: Settings) -> Iterator[Store]:
    """Open a store of its own, filled from the nodes; it is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="pozk-verify-") as folder:
        scratch = replace(settings, store=StoreSettings(Path(folder), ""))
        with open_store(scratch) as store:
            _fill(scratch, store)
            yield store


def _fill(scratch: Settings, store: Store) -> None:
    chain = open_nodes(scratch)
    try:
        with open_lake(store.database.uri, scratch.store.data_dir, scratch.protocol) as lake:
            ingest(chain, lake, ingest_settings(scratch, None))
    finally:
        chain.close()
