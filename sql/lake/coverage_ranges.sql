-- Grain: one row per range of the ledger that meets the blocks $low to $high.
SELECT from_block, to_block, level, kinds
FROM lake.coverage
WHERE to_block >= $low AND from_block <= $high
ORDER BY from_block;
