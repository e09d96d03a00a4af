import pyarrow as pa
import pytest

from indexer.adapters.store.lake import Lake, open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import UnsoundError
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.lake.stake_bases import FolderStakeBases
from settlement.words.records import KeptStakes
from tests.settlement.adapters.lake.governed import CLOCK
from tests.settlement.readings import facts_of

pytestmark = pytest.mark.database

KEPT = {
    "loses one": "FROM stakes WHERE account <> (SELECT min(account) FROM stakes)",
    "exchanges some": "FROM (SELECT * REPLACE (coalesce(lead(stake) OVER (ORDER BY account), "
    "first_value(stake) OVER (ORDER BY account)) AS stake) FROM stakes WHERE role = 0 "
    "AND app = (SELECT min(app) FROM stakes) UNION ALL "
    "SELECT * FROM stakes WHERE role <> 0 OR app <> (SELECT min(app) FROM stakes))",
    "wraps at 64 bits": "FROM (SELECT * REPLACE ((stake % 18446744073709551616)::DECIMAL(38, 0) AS stake) FROM stakes)",
}


@pytest.mark.parametrize("fault", KEPT)
def test_keep_stakes__engine_that_keeps_others__found(kept, tmp_path, fault):
    class Planted(Lake):
        def query(self, sql, params=None):
            is_kept = "AS effective_epoch, stake AS delta" in sql
            return super().query(sql.replace("FROM stakes\n", f"{KEPT[fault]}\n") if is_kept else sql, params)

    with open_lake(*kept[0], REFERENCE, read_only=True) as lake:
        lake.__class__ = Planted
        facts = LakeFacts(lake, CLOCK, bases=FolderStakeBases(tmp_path / "stakes"))
        with facts.load_facts(0) as reading, pytest.raises(UnsoundError, match="the stakes kept for the next epoch"):
            reading.keep_stakes()
    assert not (tmp_path / "stakes").exists()


def test_load_facts__kept_stakes_that_the_ledger_does_not_know__read_from_the_whole_history(kept, tmp_path):
    bases = FolderStakeBases(tmp_path / "stakes")
    with open_lake(*kept[0], REFERENCE, read_only=True) as lake:
        facts = LakeFacts(lake, CLOCK, bases=bases)
        with facts.load_facts(0) as reading:
            since = KeptStakes(reading.facts.blocks.reference_block, reading.keep_stakes())
        expected = facts_of(facts, 1, since=since)
        sums = bases.load(0, since.block.hash, since.sha256)
        more = pa.array([int(amount) + 1 for amount in sums["delta"].to_pylist()], sums.schema.field("delta").type)
        sums = sums.set_column(sums.schema.get_field_index("delta"), "delta", more)
        since = KeptStakes(since.block, bases.save(0, since.block.hash, sums))
        with facts.load_facts(1, since=since) as reading:
            assert reading.stakes_from == 0
            assert reading.facts.total_staking == expected.total_staking
