-- Grain: one row an (epoch, app, role, account) with labor: how much, and the place and time of the first of it, where the
-- contracts read its stake. Role 0 miner, 1 player.
WITH seen AS (
    SELECT epoch, prover AS app, 0 AS role, miner AS account, work AS labor, block_number, log_index
    FROM lake.miner_labor
    WHERE block_number <= $finalized
    UNION ALL
    SELECT epoch, prover, 1, player, play, block_number, log_index
    FROM lake.player_labor
    WHERE block_number <= $finalized
),
summed AS (
    SELECT
        epoch::UBIGINT AS epoch, app, role, account, sum(labor) AS labor,
        min(block_number::HUGEINT * 4294967296 + log_index) AS spot, min(block_number) AS first_block
    FROM seen
    GROUP BY epoch, app, role, account
)
SELECT s.epoch, s.app, s.role, s.account, s.labor, s.spot, b.timestamp AS first_time
FROM summed AS s
JOIN lake.blocks AS b ON b.number = s.first_block
