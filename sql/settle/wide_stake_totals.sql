-- Grain: one row: the totals of sql/settle/stake_totals, each as `high` times 2^63 plus `low`, which hold any sum. Stakes
-- that are NULL are out of range and refuse the epoch by themselves.
SELECT
    coalesce(sum(stake::HUGEINT >> 63) FILTER (role = 1), 0) AS app_high,
    coalesce(sum(stake::HUGEINT & 9223372036854775807) FILTER (role = 1), 0) AS app_low,
    coalesce(sum(stake::HUGEINT >> 63), 0) AS high,
    coalesce(sum(stake::HUGEINT & 9223372036854775807), 0) AS low
FROM stakes
