-- Grain: one row a miner, user or app of $keys: its proofs in epochs $low to $high.
SELECT key, count(*) AS proofs
FROM (
    SELECT CASE WHEN $by_app THEN app WHEN $role = 0 THEN miner ELSE "user" END AS key
    FROM lake.proof_verified
    WHERE block_number <= $finalized AND epoch BETWEEN $low AND $high
) AS proven
WHERE list_contains($keys, key)
GROUP BY key
