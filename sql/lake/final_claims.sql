-- Grain: one row per block from $low to $high that a node called final before the others came to it.
SELECT DISTINCT
    node,
    number,
    hash
FROM lake.final_claims
WHERE number BETWEEN $low AND $high
ORDER BY number, node;
