-- Grain: one row an epoch with a verified proof in final blocks: proofs, miners, users and apps, quarantined ones too.
SELECT epoch, count(*) AS proofs, count(DISTINCT miner) AS miners, count(DISTINCT "user") AS users,
       count(DISTINCT app) AS apps
FROM lake.proof_verified
WHERE block_number <= $finalized AND epoch BETWEEN $low AND $high
GROUP BY epoch
ORDER BY epoch DESC
