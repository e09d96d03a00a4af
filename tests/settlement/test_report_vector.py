"""The six reports of the vector, byte for byte, and its shard digests, from its logs in a real lake."""

import json

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.lake.facts import LakeFacts
from settlement.rules.entitlements.opening import no_opening
from settlement.rules.epoch.digests import digest_shards
from settlement.rules.epoch.settlement import Previous, compute_settlement, nothing_before
from tests.settlement.readings import facts_of
from tests.settlement.report_vector import choice_of, clock_of, load_vector, network_of, store_vector
from tests.settlement.second_implementation import assert_agrees

pytestmark = pytest.mark.database


def test_compute_settlement__world_of_the_vector__gives_its_reports_and_shards_byte_for_byte(lake_url, tmp_path):
    vector, previous, settlements = load_vector(), nothing_before(), []
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        store_vector(vector, lake)
        facts = LakeFacts(lake, clock_of(vector))
        for epoch, expected in enumerate(vector["reports"], start=vector["first"]):
            loaded = facts_of(facts, epoch)
            settled = compute_settlement(network_of(vector), loaded, choice_of(vector), previous, no_opening())
            assert json.loads(settled.document) == json.loads(expected["document"])
            assert settled.document == expected["document"].encode()
            assert "0x" + settled.report_hash.hex() == expected["report_hash"]
            if expected["shards"] is not None:
                assert shards_of(settled) == expected["shards"]
            settlements.append(settled)
            previous = Previous(settled.report_hash, settled.leaves, settled.tree)
    assert_agrees(tmp_path / "kept", settlements)


def shards_of(settled):
    """Return the digests of the shards that hold rows, by stage and shard byte in hex."""
    return {
        stage: {
            f"{shard:02x}": "0x" + digest.hex()
            for shard, digest in enumerate(digest_shards(rows))
            if shard in rows.groups
        }
        for stage, rows in settled.stage_rows.items()
    }
