-- Grain: one row a kind of a set of kinds, several where several contracts may emit it.
SELECT DISTINCT digest, topic0 FROM lake.kinds ORDER BY digest, topic0;
