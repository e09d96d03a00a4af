-- Grain: one row an epoch in which $app had a proof, newest first: proofs, gates, miners, users.
SELECT epoch, count(*) AS proofs, sum(gates::HUGEINT)::DECIMAL(38, 0)::VARCHAR AS gates, count(DISTINCT miner) AS miners,
       count(DISTINCT "user") AS users
FROM lake.proof_verified
WHERE app = $app AND block_number <= $finalized
GROUP BY epoch
ORDER BY epoch DESC
LIMIT $rows
