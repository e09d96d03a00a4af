-- Grain: one row, the greatest stored block that is final; no row if none is.
SELECT number, hash
FROM lake.blocks
WHERE number <= (SELECT max(finalized_block) FROM lake.coverage)
ORDER BY number DESC
LIMIT 1;
