-- Grain: one row a set of kinds, by its name in lake.kinds, for which blocks up to $high were proven.
SELECT DISTINCT kinds FROM lake.coverage WHERE from_block <= $high;
