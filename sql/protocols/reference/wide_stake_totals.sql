-- Portable: DuckDB and Spark read it alike.
-- Grain: one row: the totals of sql/protocols/reference/stake_totals, each as `high` times 10^19 plus `low`, which hold any
-- sum; of the changes themselves, so that stakes out of range count, too. Rises and falls are summed apart.
WITH changes AS (
    SELECT role, delta FROM stake_base WHERE effective_epoch <= $epoch
    UNION ALL
    SELECT role, delta
    FROM lake.stake_changed
    WHERE effective_epoch <= $epoch AND block_number BETWEEN $stakes_from AND $reference_block
),
written AS (
    SELECT role, delta > 0 AS is_rise, lpad(CAST(CASE WHEN delta < 0 THEN 0 - delta ELSE delta END AS VARCHAR(40)), 38, '0') AS digits FROM changes
),
halves AS (
    SELECT role, is_rise, CAST(substring(digits, 1, 19) AS DECIMAL(38, 0)) AS high, CAST(substring(digits, 20, 19) AS DECIMAL(38, 0)) AS low
    FROM written
)
SELECT
    coalesce(sum(high) FILTER (WHERE role = 1 AND is_rise), 0) - coalesce(sum(high) FILTER (WHERE role = 1 AND NOT is_rise), 0) AS app_high,
    coalesce(sum(low) FILTER (WHERE role = 1 AND is_rise), 0) - coalesce(sum(low) FILTER (WHERE role = 1 AND NOT is_rise), 0) AS app_low,
    coalesce(sum(high) FILTER (WHERE is_rise), 0) - coalesce(sum(high) FILTER (WHERE NOT is_rise), 0) AS high,
    coalesce(sum(low) FILTER (WHERE is_rise), 0) - coalesce(sum(low) FILTER (WHERE NOT is_rise), 0) AS low
FROM halves
