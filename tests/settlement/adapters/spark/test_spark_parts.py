"""Parts on the executors: what they come to, and what of it the driver is told."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.adapters.spark.session import translated
from settlement.adapters.spark.spark_parts import SparkParts
from settlement.flows.settling.settle_parts import settle_parts
from settlement.rules.entitlements.opening import no_opening
from settlement.rules.epoch.settlement import compute_settlement, nothing_before
from settlement.rules.facts.aggregates import join_aggregates
from settlement.rules.facts.epoch_facts import RulesetChoice
from tests.settlement.rules.epoch_facts import sound_facts
from tests.settlement.settled_worlds import NETWORK, NOTHING

pytestmark = pytest.mark.slow
PEOPLE = 20_000
EPOCH = f"""
WITH people AS (SELECT id, substring(unhex(sha2(CAST(id AS STRING), 256)), 1, 20) AS account FROM range({PEOPLE})),
rows AS (
    SELECT CAST(1 + id % 2 AS SMALLINT) AS kind, account, CAST(1 + id % 7 AS DECIMAL(38, 0)) AS x,
           CAST(1 + id % 3 AS DECIMAL(38, 0)) AS stake
    FROM people
),
sums AS (SELECT CAST(kind + 2 AS SMALLINT) AS kind, sum(x) AS x, sum(stake) AS stake FROM rows GROUP BY kind)
SELECT kind, app, account, x, stake FROM rows CROSS JOIN (SELECT unhex(repeat('0a', 20)) AS app)
UNION ALL
SELECT kind, unhex(repeat('0a', 20)), unhex(repeat('00', 20)), CAST(x AS DECIMAL(38, 0)), CAST(stake AS DECIMAL(38, 0))
FROM (SELECT * FROM sums UNION ALL SELECT 0, 7, {9 * PEOPLE} UNION ALL SELECT 6, 0, {9 * PEOPLE})
"""
"""An epoch of one app, of which every account is a miner or a user: more rows than the driver may be sent."""


@pytest.fixture
def parts(spark_session, tmp_path):
    return SparkParts(tmp_path, lambda: spark_session, lambda name, _: spark_session.sql(name))


def test_settle_parts__more_rows_than_the_driver_may_collect__gives_the_bytes_of_the_whole(spark_session, parts):
    with pytest.raises(RetryLaterError, match="maxResultSize"), translated():
        spark_session.sql(EPOCH).collect()
    facts = sound_facts(
        aggregates=parts.fill(EPOCH, {}),
        choice=RulesetChoice("paper-v2", "rollover"),
        total_app_staking=9 * PEOPLE,
        total_staking=18 * PEOPLE,
    )
    parted = settle_parts(NETWORK, facts, NOTHING, nothing_before(), no_opening(), parts)
    whole = compute_settlement(
        NETWORK,
        replace(facts, aggregates=join_aggregates([facts.aggregates, parts.load_rows(None)])),
        NOTHING,
        nothing_before(),
        no_opening(),
    )
    assert len(parted.leaves) == PEOPLE
    assert parted.document == whole.document
    assert np.array_equal(parted.tree.nodes, whole.tree.nodes)


def test_run__error_of_a_part__is_raised_as_it_was(parts):
    def refuse(number):
        raise UnsoundError("a part is not what it was", got=str(number))

    with pytest.raises(UnsoundError, match="a part is not what it was, got 3"):
        parts._run_on_executors(refuse, [3])
