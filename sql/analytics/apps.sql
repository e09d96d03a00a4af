-- Grain: one row an app: proofs, miners and users over all time.
SELECT app, count(*) AS proofs, count(DISTINCT miner) AS miners, count(DISTINCT "user") AS users,
       sum(gates::HUGEINT)::DECIMAL(38, 0) AS gates
FROM analytics.proof_verified
GROUP BY app
ORDER BY proofs DESC, app
