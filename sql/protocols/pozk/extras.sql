-- Grain: one row an (epoch, app, token) of extra rewards: what was deposited.
SELECT epoch::UBIGINT AS epoch, prover AS app, token, sum(amount)::DECIMAL(38, 0) AS amount
FROM lake.deposit_extra_prover_rewards
WHERE block_number <= $finalized
GROUP BY ALL
ORDER BY ALL
