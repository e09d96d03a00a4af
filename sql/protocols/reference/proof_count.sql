-- Portable: DuckDB and Spark read it alike.
-- Grain: one row, how many proofs count in the epoch.
SELECT CAST(coalesce(sum(proofs), 0) AS BIGINT) AS proofs FROM miners
