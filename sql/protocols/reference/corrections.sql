-- Portable: DuckDB and Spark read it alike.
-- Grain: one row a (account, token): what governance adds in $epoch. Adding 0 refuses a sum above the limit.
SELECT account, token, sum(amount) + 0 AS amount
FROM lake.correction_added
WHERE epoch = $epoch AND block_number <= $reference_block AND amount > 0
GROUP BY account, token
ORDER BY account, token
