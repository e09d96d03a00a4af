-- Grain: one row per block from $low to $high that was seen to be final, the greatest first; enough of them that one is stored.
SELECT DISTINCT
    number,
    hash
FROM lake.finality
WHERE number BETWEEN $low AND $high
ORDER BY number DESC
LIMIT 100;
