-- Grain: one row, the range that begins at %(first)s: by which settings, and what lies there.
SELECT proven_as, staged FROM pozk.ranges WHERE from_block = %(first)s;
