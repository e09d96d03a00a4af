-- Grain: one row a deposit of extra rewards, in order, and one, without a token, a claim of them as a pool opens.
SELECT block_number, log_index, tx_index, epoch::UBIGINT AS epoch, prover AS app, token, amount
FROM lake.deposit_extra_prover_rewards
WHERE block_number <= $finalized
UNION ALL
SELECT block_number, log_index, tx_index, epoch::UBIGINT, prover, NULL, remain
FROM lake.claim_extra_prover_rewards
WHERE block_number <= $finalized
ORDER BY block_number, log_index
