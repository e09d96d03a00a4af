-- Grain: one row a miner: proofs and gates over all time, the hundred with the most gates.
SELECT miner, count(*) AS proofs, sum(gates::HUGEINT)::DECIMAL(38, 0) AS gates
FROM analytics.proof_verified
GROUP BY miner
ORDER BY gates DESC, miner
LIMIT 100
