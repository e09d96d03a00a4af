-- Grain: one row, the range that this transaction holds; NULL for %(staged)s where it is given up.
UPDATE pozk.ranges SET staged = %(staged)s, evidence = %(evidence)s WHERE from_block = %(first)s;
