-- Grain: one row, the range that begins at %(first)s; none where somebody holds it.
SELECT from_block FROM pozk.ranges WHERE from_block = %(first)s FOR UPDATE SKIP LOCKED;
