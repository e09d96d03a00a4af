"""Seeds: whatever the nodes say, whenever the indexer is killed or the database cut, the lake is the honest one.

`SEED=n` tells the story of one seed, with `SIM_SEEDS=k` those of k from n on.
"""

import re

import pytest

from indexer.words.blocks import block_range, gaps_between
from tests.simulation.seeds import SEEDS, seeds_told
from tests.simulation.simulated import contents, expected_contents
from tests.simulation.story import Story
from tests.simulation.tally import TALLY

pytestmark = [pytest.mark.database, pytest.mark.slow]


def told(new_lake, tmp_path, name, seed):
    with new_lake(name) as lake:
        story = Story(seed, lake.uri, tmp_path / name)
    story.tell()
    return story


@pytest.mark.parametrize(
    ("environment", "seeds"),
    [
        ({}, range(1, 4)),
        ({"SIM_SEEDS": "200"}, range(200)),
        ({"SEED": "7"}, range(7, 8)),
        ({"SEED": "40", "SIM_SEEDS": "20"}, range(40, 60)),
    ],
)
def test_seeds_told__environment__as_many_as_it_says_from_its_first_on(environment, seeds):
    assert seeds_told(environment) == seeds


@pytest.mark.parametrize("seed", SEEDS)
def test_story__seed__the_tables_of_the_honest_chain(new_lake, tmp_path, seed):
    story = told(new_lake, tmp_path, "lake", seed)
    unproven = "tx_hash" if story.turned_bits else ""  # no root holds it: nothing says what it was
    with new_lake("lake") as lake:
        expected = expected_contents(story.chain, story.chain.height, unproven)
        assert contents(lake, unproven) == expected, f"SEED={seed}: {story.happened}"
        rows = lake.query("SELECT from_block, to_block FROM lake.coverage ORDER BY 1").to_pylist()
        evidence = lake.query("SELECT kind, count(*) AS n FROM lake.evidence GROUP BY ALL").to_pylist()
    ranges = [block_range(row["from_block"], row["to_block"]) for row in rows]
    assert gaps_between(ranges, block_range(0, story.chain.height)) == []
    is_one_each = sum(map(len, ranges)) == story.chain.height + 1
    assert is_one_each or story.turned_bits  # a repair covers whole ranges of the sums' ledger, over what is there
    count(story, sum(map(len, expected.values())), evidence)


def test_story__seed_told_twice__the_same_faults_and_the_same_evidence(new_lake, tmp_path):
    seed = SEEDS[0]
    one, other = (told(new_lake, tmp_path, name, seed) for name in ("one", "other"))
    assert one.happened == other.happened
    assert one.faults() == other.faults()
    assert evidence_of(new_lake, "one") == evidence_of(new_lake, "other")


def evidence_of(new_lake, name):
    with new_lake(name) as lake:
        rows = lake.query("SELECT block_number, kind, said FROM lake.evidence").to_pylist()
    return sorted(
        (row["block_number"] or -1, row["kind"], re.sub(r"127\.0\.0\.1:\d+", "node", row["said"])) for row in rows
    )


def count(story, rows, evidence):
    TALLY.update(
        {
            "seeds": 1,
            "nodes": len(story.nodes),
            "rows equal to the honest ones": rows,
            "bits turned over in stored files": story.turned_bits,
            "differences that they made, repaired": story.repaired,
        }
    )
    for faults, calls in story.faults():
        TALLY["calls"] += calls
        TALLY.update({("fault", kind): times for kind, times in faults.items()})
    TALLY.update(("run or chain", what) for what in story.happened)
    TALLY[("level", story.verify)] += 1
    TALLY.update({("evidence", row["kind"]): row["n"] for row in evidence})
