-- Grain: one row per stored block from $low to $high, ascending.
SELECT number, hash FROM lake.blocks WHERE number BETWEEN $low AND $high ORDER BY number;
