-- Grain: one row an (epoch, oracle) that voted in final blocks: its last vote, and the block of it.
SELECT epoch, oracle, report_hash, root, block_number
FROM lake.report_voted
WHERE block_number <= $finalized AND epoch BETWEEN $low AND $high
QUALIFY row_number() OVER (PARTITION BY epoch, oracle ORDER BY block_number DESC, log_index DESC) = 1
ORDER BY epoch DESC, oracle
