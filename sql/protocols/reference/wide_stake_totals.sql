-- Grain: one row: the totals of sql/protocols/reference/stake_totals, each as `high` times 2^63 plus `low`, which hold any sum; of the
-- changes themselves, so that stakes out of range count, too.
WITH changes AS (
    SELECT role, delta::HUGEINT AS delta FROM stake_base WHERE effective_epoch <= $epoch
    UNION ALL
    SELECT role, delta::HUGEINT
    FROM lake.stake_changed
    WHERE effective_epoch <= $epoch AND block_number BETWEEN $stakes_from AND $reference_block
)
SELECT
    coalesce(sum(delta >> 63) FILTER (role = 1), 0) AS app_high,
    coalesce(sum(delta & 9223372036854775807) FILTER (role = 1), 0) AS app_low,
    coalesce(sum(delta >> 63), 0) AS high,
    coalesce(sum(delta & 9223372036854775807), 0) AS low
FROM changes
