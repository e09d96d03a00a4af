-- Grain: one row an approved app of the projected epoch: the least fee of a task in wei, and what part of it burns in
-- basis points, as they are set up to block $finalized; 0 where they never were.
WITH of_scheme AS (
    SELECT scheme, arg_max(fee, (block_number, log_index)) AS fee
    FROM lake.min_fee_set
    WHERE block_number <= $finalized
    GROUP BY scheme
),
of_app AS (
    SELECT app, arg_max(fee, (block_number, log_index)) AS fee
    FROM lake.app_min_fee_set
    WHERE block_number <= $finalized
    GROUP BY app
),
shares AS (
    SELECT arg_max(burn_bps, (block_number, log_index)) AS burn_bps
    FROM lake.fee_shares_set
    WHERE block_number <= $finalized
)
SELECT c.app, greatest(coalesce(s.fee, 0), coalesce(a.fee, 0))::DECIMAL(38, 0) AS least_fee,
       coalesce((SELECT burn_bps FROM shares), 0)::INTEGER AS burn_bps
FROM approvals AS c
LEFT JOIN of_scheme AS s ON s.scheme = c.scheme
LEFT JOIN of_app AS a ON a.app = c.app
ORDER BY c.app
