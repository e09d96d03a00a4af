from dataclasses import replace

import pytest

from indexer.words.blocks import BlockRef
from indexer.words.levels import BLOOM, NONE
from settlement.entry.checks.beliefs import beliefs
from settlement.entry.configuration.config import load_settings
from tests.settlement.entry.configuration.test_config import write

TWO = ("http://127.0.0.1:1", "http://127.0.0.1:2")


@pytest.fixture
def settings(tmp_path):
    return load_settings(write(tmp_path), {})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["one node and no checkpoint"]),
        ({"checkpoints": (BlockRef(5, bytes(32)),)}, []),
        ({"rpc": TWO}, []),
        ({"rpc": TWO, "level": NONE}, ['chain.verify = "none"']),
        ({"rpc": TWO, "level": BLOOM}, ['chain.verify = "bloom"']),
        (
            {"rpc": TWO, "start_block": 9, "vouch_start": True},
            ["chain.vouch_start: that no log of ours lies below block 9"],
        ),
        ({"level": NONE}, ["one node and no checkpoint", 'chain.verify = "none"']),
    ],
)
def test_beliefs__settings__one_line_for_each_thing_that_nothing_checks(settings, changes, said):
    found = beliefs(replace(settings, chain=replace(settings.chain, **changes)))
    assert [line[: len(words)] for line, words in zip(found, said, strict=True)] == said
