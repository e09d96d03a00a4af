-- Grain: one row a stake change of $account that is known at the epoch's end.
SELECT app, role::INTEGER AS role, block_number, log_index, delta, effective_epoch
FROM lake.stake_changed
WHERE account = $account AND block_number <= $reference_block
ORDER BY block_number, log_index
