-- Grain: one row, the first range from %(first)s on that is neither complete nor held; it is held until this transaction ends.
SELECT from_block, to_block
FROM pozk.ranges
WHERE staged IS NULL AND proven_as = %(proven_as)s AND from_block >= %(first)s AND to_block <= %(last)s
ORDER BY from_block
LIMIT 1
FOR UPDATE SKIP LOCKED;
