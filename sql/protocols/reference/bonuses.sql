-- Portable: DuckDB and Spark read it alike.
-- Grain: one row an (app, token, depositor) of the bonus pools named for $epoch. Adding 0 refuses a sum above the limit.
SELECT app, token, from_account AS depositor, sum(amount) + 0 AS amount
FROM lake.bonus_deposited
WHERE epoch = $epoch AND block_number <= $reference_block AND block_number >= $genesis_block AND amount > 0
GROUP BY app, token, from_account
ORDER BY app, token, from_account
