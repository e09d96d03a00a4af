-- Grain: one row an (app, token, depositor) of the bonus pools named for $epoch.
SELECT app, token, from_account AS depositor, sum(amount::HUGEINT)::DECIMAL(38, 0) AS amount
FROM lake.bonus_deposited
WHERE epoch = $epoch AND block_number <= $reference_block AND block_number >= $genesis_block AND amount > 0
GROUP BY app, token, from_account
ORDER BY app, token, from_account
