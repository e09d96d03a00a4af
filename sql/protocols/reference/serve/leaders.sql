-- Grain: one row an account (or app, where $by_app) that the emission paid as $role in epochs $low to $high, greatest
-- first, after ($amount, $key): how much, in wei.
WITH paid AS (
    SELECT CASE WHEN $by_app THEN app ELSE account END AS key, sum(amount) AS amount
    FROM settled_amounts
    WHERE token = $token AND epoch BETWEEN $low AND $high AND role <= 1 AND ($by_app OR role = $role)
    GROUP BY CASE WHEN $by_app THEN app ELSE account END
)
SELECT key, amount
FROM paid
WHERE amount < $amount::DECIMAL(38, 0) OR (amount = $amount::DECIMAL(38, 0) AND key > $key)
ORDER BY amount DESC, key
LIMIT $rows
