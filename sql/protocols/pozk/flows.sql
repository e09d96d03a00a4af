-- Grain: one row a transfer between where pools come from ($vesting) and where rewards are ($reward), in order. One that
-- opens a pool, and one of what is left of it, stand before the collect of the same transaction.
SELECT block_number, log_index, tx_index, from_account = $vesting AS is_opening, amount
FROM lake.transfer
WHERE
    block_number <= $finalized
    AND ((from_account = $vesting AND to_account = $reward) OR (from_account = $reward AND to_account = $vesting))
ORDER BY block_number, log_index
