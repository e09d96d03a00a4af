"""Epochs settled in parts: the bytes, the root and the tree are those of the settlement that has all rows at once.

The parts lie in a folder here, and what is done with them is done in this process; executors do it in
`tests/settlement/adapters/spark`.
"""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from indexer.words.errors import UnsoundError
from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.adapters.store.folder_parts import FolderParts
from settlement.adapters.store.tree_file import map_tree
from settlement.flows.settle import Settler, stages_of
from settlement.flows.settling.settle_parts import settle_parts
from settlement.rules.entitlements.ledger import no_leaves
from settlement.rules.entitlements.opening import no_opening, parse_opening
from settlement.rules.entitlements.tree_layout import TreeColumns, prove_account
from settlement.rules.epoch.settlement import Previous, compute_settlement, nothing_before
from settlement.rules.facts.aggregates import Aggregates
from settlement.rules.facts.epoch_facts import RulesetChoice
from tests.settlement.settled_worlds import NETWORK, NOTHING, facts_of
from tests.settlement.small_worlds import PlainEpoch, small_world
from tests.support.played_epochs import PlayedFacts, PlayedOpening, PlayedReading, PlayedReports
from tests.support.played_epochs import facts_of as played_facts

WORLDS = 6
PEOPLE = 700


def rows_at(rows, chosen):
    return Aggregates(rows.kind[chosen], rows.app[chosen], rows.account[chosen], rows.x[chosen], rows.stake[chosen])


def split(facts, room):
    """Return facts without the rows of miners and users, and these rows in parts."""
    parts, rows = FolderParts(room, lambda work, numbers: list(map(work, numbers))), facts.aggregates
    of_people = rows.is_participant()
    first = np.where(of_people, rows.account[:, 0], 0)
    parts.filled = sorted(set(first[of_people].tolist()))
    for part in parts.filled:
        parts.files.save_rows(part, rows_at(rows, of_people & (first == part)))
    return replace(facts, aggregates=rows_at(rows, ~of_people)), parts


def both_ways(facts, before, opening, room):
    """Return an epoch settled at once and in parts, after what each way left."""
    without, parts = split(facts, room)
    whole = compute_settlement(NETWORK, facts, NOTHING, before[0], opening)
    return whole, settle_parts(NETWORK, without, NOTHING, before[1], opening, parts)


def left_by(whole, parted):
    """Return what both leave to the next epoch."""
    return (
        Previous(whole.report_hash, whole.leaves, whole.tree),
        Previous(parted.report_hash, parted.leaves, None, parted.tree_file, parted.leaves_sha256),
    )


def assert_alike(whole, parted):
    assert parted.document == whole.document
    assert parted.root == whole.root
    assert np.array_equal(parted.tree.nodes, whole.tree.nodes)
    assert np.array_equal(parted.tree.position, whole.tree.position)
    for name in ("account", "token", "cumulative"):
        assert np.array_equal(getattr(parted.leaves, name), getattr(whole.leaves, name))


@pytest.mark.parametrize("worlds", [range(at, at + 3) for at in range(0, WORLDS, 3)], ids=str)
def test_settle_parts__random_small_worlds__gives_the_bytes_of_the_whole(tmp_path, worlds):
    for seed in worlds:
        before = (nothing_before(), nothing_before())
        for epoch in small_world(seed, 3):
            print(f"seed {seed}, epoch {epoch.number}")
            facts = facts_of(epoch)
            opening = parse_opening(facts.openings, epoch.opening_file(), "the file")
            whole, parted = both_ways(facts, before, opening, tmp_path)
            assert_alike(whole, parted)
            before = left_by(whole, parted)


def many_people(seed, skew):
    """Return an epoch of one world with hundreds of accounts, whose rows and amounts often tie."""
    source = Random(seed)
    apps = [source.randbytes(20) for _ in range(5)]
    people = [bytes([source.choice([0, 7, 255])]) + source.randbytes(19) for _ in range(PEOPLE)]
    rows = []
    for place, app in enumerate(apps):
        some = people if skew == "one app" and not place else source.sample(people, 1 if skew == "one app" else 90)
        some = sorted({*some, people[0]} if skew == "one account" else some)
        both = [
            (kind, app, who, source.choice([1, 5, 10**9]), source.choice([1, 10**18]))
            for who in some
            for kind in (1, 2)
        ]
        of_kind = [[row for row in both if row[0] == kind] for kind in (1, 2)]
        sums = [(sum(row[3] for row in part), sum(row[4] for row in part)) for part in of_kind]
        rows += [(0, app, bytes(20), 7 + place, sums[1][1] + 3), *both, (6, app, bytes(20), 0, sums[0][1] + 9)]
        rows += [(3 + role, app, bytes(20), *sums[role]) for role in (0, 1)]
    total = sum(row[4] + 100 for row in rows)
    users = sum(row[4] for row in rows if row[0] == 0)
    weights = (2500, 7500, 5000, 5000)
    return PlainEpoch(
        0,
        False,
        "paper-v1",
        "rollover",
        10**24,
        weights,
        7,
        rows,
        users,
        total,
        [
            (apps[0], people[3], 10**20 + 7, people[1]),
            (apps[0], people[3], 5, people[2]),
            (bytes(20), people[3], 9, people[2]),
        ],
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("skew", "ruleset", "residual"),
    [
        ("none", "paper-v1", "normalize"),
        ("one app", "paper-v2", "normalize"),
        ("one account", "paper-v2", "rollover"),
    ],
)
def test_settle_parts__many_accounts_and_ties__gives_the_bytes_of_the_whole(tmp_path, skew, ruleset, residual):
    facts = replace(facts_of(many_people(5, skew)), choice=RulesetChoice(ruleset, residual))
    before = (nothing_before(), nothing_before())
    for epoch in (0, 1):
        whole, parted = both_ways(replace(facts, epoch=epoch), before, no_opening(), tmp_path)
        assert_alike(whole, parted)
        before = left_by(whole, parted)


def test_settle_parts__other_leaves_before__are_named(tmp_path):
    first, second = (facts_of(each) for each in small_world(3, 2))
    _, parted = both_ways(first, (nothing_before(), nothing_before()), no_opening(), tmp_path)
    without, parts = split(second, tmp_path)
    before = Previous(parted.report_hash, parted.leaves, None, parted.tree_file, bytes(32))
    with pytest.raises(UnsoundError, match=f"entitlements before epoch 1 are not those.*{parted.leaves_sha256.hex()}"):
        settle_parts(NETWORK, without, NOTHING, before, no_opening(), parts)


def test_compute_settlement__leaves_before_are_not_those_of_the_report__are_named():
    before = Previous(bytes(32), no_leaves(), None, "leaves.tree", bytes(32))
    with pytest.raises(UnsoundError, match=r"entitlements before epoch 1 are not those.*leaves.tree"):
        compute_settlement(NETWORK, played_facts(1), NOTHING, before, no_opening())


def test_save_epoch__settled_in_parts__is_proven_and_loaded_as_the_whole(tmp_path):
    facts = facts_of(small_world(3, 1)[0])
    whole, parted = both_ways(facts, (nothing_before(), nothing_before()), no_opening(), tmp_path / "parts")
    store, kept = FolderArtifacts(tmp_path), []
    for each in (whole, parted):
        tree_file = None if each is whole else each.tree_file
        store.save_epoch(0, each.document, stages_of(each), TreeColumns(each.leaves, each.tree), tree_file)
        columns, bundle = store.load_tree(0, check_hashes=True), store.load_epoch(0)
        who = columns.leaves.account[0].tobytes()
        stages = [
            sorted(zip(*(getattr(rows, name).tolist() for name in rows.__dataclass_fields__), strict=True))
            for rows in (bundle.load_aggregates(), bundle.load_deposits(), bundle.load_amounts(), bundle.load_leaves())
        ]
        kept.append((prove_account(columns, who, each.root), stages))
    assert kept[0] == kept[1]
    assert map_tree(tmp_path / "epochs" / "00000000" / "leaves.tree").tree.root == whole.root


class PartedFacts(PlayedFacts):
    """Played facts of small worlds, their rows in parts for who asks for that."""

    def __init__(self, world, room):
        super().__init__(finished=len(world))
        self.world, self.room = world, room

    def load_facts(self, epoch, *, since=None, apart=False):  # noqa: ARG002 - the stakes are in the rows
        blocks = self.load_blocks(epoch)
        facts = replace(facts_of(self.world[epoch]), blocks=blocks)
        facts, parts = split(facts, self.room) if apart else (facts, None)
        return PlayedReading(facts, self.kept, parts)


@pytest.mark.parametrize("dry_run", [False, True])
def test_settle_all__rows_in_parts__settles_and_settles_again_to_the_reports_of_the_whole(tmp_path, dry_run):
    world, toml = [replace(epoch, opening=[]) for epoch in small_world(8, 3)], RulesetChoice("paper-v2", "rollover")
    settlers = [
        Settler(
            NETWORK,
            toml,
            PartedFacts(world, tmp_path / "parts"),
            PlayedReports(),
            FolderArtifacts(tmp_path / str(in_parts)),
            PlayedOpening(),
            in_parts,
        )
        for in_parts in (False, True)
    ]
    whole, parted = ([each.document for each in settler.settle_all(dry_run=dry_run)] for settler in settlers)
    assert parted == whole
    if not dry_run:
        settler = settlers[1]
        assert [each.document for each in settler.settle_up_to(2)] == [whole[2]]
        assert settler.recompute(1, toml).document == whole[1]
        del settler.journal.reports[1]
        assert [each.document for each in settler.settle_all()] == [whole[1]]
