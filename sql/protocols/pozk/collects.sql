-- Grain: one row a collected amount, in order.
SELECT block_number, log_index, tx_index, tx_hash, epoch::UBIGINT AS epoch, prover AS app, 0 AS role, miner AS account, amount
FROM lake.miner_collect
WHERE block_number <= $finalized
UNION ALL
SELECT block_number, log_index, tx_index, tx_hash, epoch::UBIGINT, prover, 1, player, amount
FROM lake.player_collect
WHERE block_number <= $finalized
ORDER BY block_number, log_index
