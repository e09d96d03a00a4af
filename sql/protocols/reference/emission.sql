-- Portable: DuckDB and Spark read it alike.
-- Grain: at most one row, the emission in force for $epoch.
SELECT amount
FROM lake.emission_set
WHERE from_epoch <= $epoch AND block_number <= $reference_block
ORDER BY from_epoch DESC, block_number DESC, log_index DESC
LIMIT 1
