-- Grain: one row a payment to $account in final blocks, newest first, below ($block, $log).
SELECT c.block_number AS block, c.log_index AS log, b.timestamp, c.tx_hash, c.token, c.amount, c.cumulative, c.to_account
FROM lake.claimed AS c
JOIN lake.blocks AS b ON b.number = c.block_number
WHERE c.address = $distributor AND c.account = $account AND c.block_number <= $finalized
  AND (c.block_number, c.log_index) < ($block, $log)
ORDER BY c.block_number DESC, c.log_index DESC
LIMIT $rows
