-- Grain: one row a log that sets what pools are made of, in order: `what` it sets and its numbers.
SELECT block_number, log_index, 'alpha' AS what, n AS a, d AS b, 0::DECIMAL(38, 0) AS c FROM lake.alpha WHERE block_number <= $finalized
UNION ALL
SELECT block_number, log_index, 'beta', n, d, 0 FROM lake.beta WHERE block_number <= $finalized
UNION ALL
SELECT block_number, log_index, 'gamma', n, d, 0 FROM lake.gamma WHERE block_number <= $finalized
UNION ALL
SELECT block_number, log_index, 'percent', miner_max_per, miner_min_per, player_max_num
FROM lake.miner_player_per
WHERE block_number <= $finalized
UNION ALL
SELECT block_number, log_index, 'pool', amount, 0, 0 FROM lake.new_mine_reward WHERE block_number <= $finalized
ORDER BY block_number, log_index
