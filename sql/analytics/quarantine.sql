-- What: logs that cannot count as they are.
-- Grain: one row a log that the indexer put in quarantine.
SELECT block_number, log_index, event, reason, block_hash, tx_hash FROM analytics.quarantine ORDER BY block_number, log_index
