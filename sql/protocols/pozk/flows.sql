-- Grain: one row a transfer of the token from or to where rewards are ($reward), in order: its kind, and who is at the other
-- end. Those of a collect stand before it in its transaction: what opens a pool, what is left of one, what is paid.
SELECT
    block_number, log_index, tx_index,
    CASE
        WHEN from_account = $vesting THEN 'opening'
        WHEN to_account = $vesting THEN 'return'
        WHEN from_account = $reward THEN 'payment'
        ELSE 'deposit'
    END AS kind,
    CASE WHEN from_account = $reward THEN to_account ELSE from_account END AS account,
    amount
FROM lake.transfer
WHERE block_number <= $finalized AND (from_account = $reward OR to_account = $reward)
ORDER BY block_number, log_index
