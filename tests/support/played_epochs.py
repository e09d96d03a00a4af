"""What settling needs, played in memory: facts of small epochs, a journal, bundles, a file of opening balances.

No kernel is compiled for epochs this small, and no database is started.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from indexer.words.blocks import BlockRef
from settlement.flows.settle import Settler
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.report import Network
from settlement.rules.facts.epoch_facts import Correction, RulesetChoice
from settlement.rules.facts.epochs import EpochBlocks
from settlement.words.errors import EpochUnfinishedError
from tests.settlement.rules.epoch_facts import sound_facts

TOKEN, ACCOUNT = b"\x09" * 20, b"\x0a" * 20
NETWORK = Network(31337, b"\x08" * 20, TOKEN, 1_700_000_000, 86_400, 0)
TOML = RulesetChoice("paper-v1", "rollover")
BLOCKS = 10
"""Of each epoch."""


def block_of(epoch, place=0):
    """Return the first block of an epoch, or the one `place` behind it."""
    number = 1 + epoch * BLOCKS + place
    return BlockRef(number, number.to_bytes(32, "big"))


def stakes_of(epoch):
    """Return the digest of the stakes that are kept with an epoch."""
    return epoch.to_bytes(32, "big")


def facts_of(epoch, **changes):
    """Return the facts of an epoch in which nothing was proven and a correction gives the account 5."""
    ends = EpochBlocks(block_of(epoch), block_of(epoch, BLOCKS - 1), is_empty=False)
    corrections = (Correction(ACCOUNT, TOKEN, 5),)
    nothing = {"apps": (), "proofs": 0, "total_app_staking": 0, "total_staking": 0}
    return sound_facts(
        **{"epoch": epoch, "blocks": ends, "choice": None, "corrections": corrections} | nothing | changes
    )


@dataclass
class PlayedReading:
    """One epoch, read; `kept` notes that its stakes were kept."""

    facts: object
    kept: list
    parts: object = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        pass

    def keep_stakes(self):
        self.kept.append(self.facts.epoch)
        return stakes_of(self.facts.epoch)


@dataclass
class PlayedFacts:
    """So many `finished` epochs; `changes` by epoch to what they hold, `proposed` roots, the newest block `seen`."""

    finished: int = 3
    changes: dict = field(default_factory=dict)
    proposed: dict = field(default_factory=dict)
    seen: int | None = 100
    begun: list = field(default_factory=list)
    kept: list = field(default_factory=list)

    def load_blocks(self, epoch):
        if epoch >= self.finished:
            raise EpochUnfinishedError(f"epoch {epoch} is not finished")
        return facts_of(epoch).blocks

    def load_facts(self, epoch, *, since=None, apart=False):
        self.load_blocks(epoch)
        assert not apart
        self.begun.append((epoch, since))
        return PlayedReading(facts_of(epoch, **self.changes.get(epoch, {})), self.kept)

    def forget_stakes(self):
        self.kept.clear()

    def last_block(self):
        return self.seen

    def load_proposed_root(self, epoch):
        return self.proposed.get(epoch)


@dataclass
class PlayedReports:
    """The reports by epoch, the digests of `stakes` kept with them; `sent_in`: the newest block with a transaction."""

    reports: dict = field(default_factory=dict)
    stakes: dict = field(default_factory=dict)
    sent_in: int | None = None

    @contextmanager
    def lock_settlement(self):
        yield

    def load_report(self, epoch):
        return self.reports.get(epoch)

    def last_epoch(self):
        return max(self.reports, default=None)

    def missing_epochs(self, first):
        return [epoch for epoch in range(first, max(self.reports, default=first)) if epoch not in self.reports]

    def store_report(self, report, stakes_sha256=None):
        assert report.epoch not in self.reports, "a report is stored once"
        self.reports[report.epoch], self.stakes[report.epoch] = report, stakes_sha256

    def load_stakes_digest(self, epoch):
        return self.stakes.get(epoch)

    def forget_from(self, epoch):
        gone = [each for each in self.reports if each >= epoch]
        for each in gone:
            del self.reports[each]
        return len(gone)

    def last_transaction_block(self):
        return self.sent_in


@dataclass(frozen=True)
class PlayedBundle:
    """What was saved of an epoch."""

    document: bytes
    stages: object
    columns: TreeColumns
    url: str = "memory"

    def load_document(self):
        return self.document

    def load_aggregates(self):
        return self.stages.aggregates[0]

    def load_deposits(self):
        return self.stages.deposits

    def load_amounts(self):
        return next(iter(self.stages.amounts))

    def load_leaves(self):
        return self.columns.leaves


@dataclass
class PlayedArtifacts:
    """Bundles by epoch, and the trees beside them; `saved` was written, `hashed` was checked."""

    bundles: dict = field(default_factory=dict)
    trees: dict = field(default_factory=dict)
    saved: list = field(default_factory=list)
    hashed: list = field(default_factory=list)

    def save_epoch(self, epoch, document, stages, columns, tree_file=None):
        assert tree_file is None
        self.saved.append(epoch)
        self.bundles[epoch] = PlayedBundle(document, stages, columns)
        self.trees[epoch] = columns

    def tree_place(self, epoch):
        return f"{epoch}/leaves.tree"

    def load_epoch(self, epoch):
        return self.bundles[epoch]

    def load_tree(self, epoch, *, check_hashes=False):
        self.hashed += [epoch] if check_hashes else []
        return self.trees.get(epoch)

    def save_tree(self, epoch, columns):
        self.trees[epoch] = columns

    def alter_leaves(self, epoch, leaves):
        """Put other leaves in the place of those that were saved, as a broken disk would."""
        columns = TreeColumns(leaves, tree_of(leaves))
        self.bundles[epoch] = replace(self.bundles[epoch], columns=columns)
        self.trees[epoch] = columns


@dataclass(frozen=True)
class PlayedOpening:
    """The file of opening balances, or none."""

    content: bytes | None = None
    where: str = "opening.bin"

    def load(self):
        return self.content


def played_settler(facts=None, opening=None, toml=TOML):
    """Return a settler over played ports; nothing is settled yet."""
    return Settler(NETWORK, toml, facts or PlayedFacts(), PlayedReports(), PlayedArtifacts(), PlayedOpening(opening))
