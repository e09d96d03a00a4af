-- Grain: one row an (epoch, oracle) that said in final blocks that it computed another report: its last word.
SELECT epoch, oracle, report_hash
FROM lake.dissented
WHERE block_number <= $finalized AND epoch BETWEEN $low AND $high
QUALIFY row_number() OVER (PARTITION BY epoch, oracle ORDER BY block_number DESC, log_index DESC) = 1
ORDER BY epoch DESC, oracle
