-- Grain: one row a range that begins below %(first)s and nobody holds, removed.
DELETE FROM pozk.ranges
WHERE from_block IN (SELECT from_block FROM pozk.ranges WHERE from_block < %(first)s FOR UPDATE SKIP LOCKED)
RETURNING from_block, to_block, evidence;
