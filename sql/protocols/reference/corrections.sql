-- Grain: one row a (account, token): what governance adds in $epoch.
SELECT account, token, sum(amount::HUGEINT)::DECIMAL(38, 0) AS amount
FROM lake.correction_added
WHERE epoch = $epoch AND block_number <= $reference_block AND amount > 0
GROUP BY account, token
ORDER BY account, token
