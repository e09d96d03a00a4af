-- Grain: one row a range of the ledger that meets the blocks $low to $high, ascending.
SELECT from_block, to_block, sums FROM lake.ledger WHERE to_block >= $low AND from_block <= $high ORDER BY from_block;
