-- Portable: DuckDB and Spark read it alike.
-- Grain: at most one row, the ruleset and residual in force for $epoch.
SELECT ruleset, residual
FROM lake.ruleset_set
WHERE from_epoch <= $epoch AND block_number <= $reference_block
ORDER BY from_epoch DESC, block_number DESC, log_index DESC
LIMIT 1
