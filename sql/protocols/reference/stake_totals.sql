-- Portable: DuckDB and Spark read it alike.
-- Grain: one row: total_app_staking (users, all apps) and total_staking (both roles, all apps), of stakes whose sum cannot
-- overflow (see sql/protocols/reference/stake_sizes).
SELECT coalesce(sum(stake) FILTER (WHERE role = 1), 0) AS total_app_staking, coalesce(sum(stake), 0) AS total_staking
FROM stakes
