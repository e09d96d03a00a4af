-- Grain: one row, the range that begins at %(first)s, removed unless somebody holds it.
DELETE FROM pozk.ranges
WHERE from_block IN (SELECT from_block FROM pozk.ranges WHERE from_block = %(first)s FOR UPDATE SKIP LOCKED)
RETURNING from_block, to_block, evidence;
