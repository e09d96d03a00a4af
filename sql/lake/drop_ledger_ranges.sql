-- Grain: one row a range of the ledger that meets the blocks $low to $high, removed.
DELETE FROM lake.ledger WHERE to_block >= $low AND from_block <= $high;
