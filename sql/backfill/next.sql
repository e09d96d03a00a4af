-- Grain: one row, the first range that begins at %(first)s or above.
SELECT from_block, to_block FROM pozk.ranges WHERE from_block >= %(first)s ORDER BY from_block LIMIT 1;
