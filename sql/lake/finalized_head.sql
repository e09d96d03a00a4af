-- Grain: one row, the greatest stored block that is final; no row if none is.
SELECT number, hash
FROM lake.blocks
WHERE number <= (SELECT max(number) FROM lake.finality)
ORDER BY number DESC
LIMIT 1;
