-- Portable: DuckDB and Spark read it alike.
-- Grain: one row a block of the epoch that holds at least one of our logs, ascending.
SELECT number, hash, our_logs
FROM lake.blocks
WHERE number BETWEEN $from_block AND $reference_block AND our_logs > 0
ORDER BY number
