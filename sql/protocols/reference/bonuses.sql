-- Portable: DuckDB and Spark read it alike.
-- Grain: one row an (app, token, depositor) of the bonus pools named for $epoch. Summed in two halves of 19 digits, which
-- hold any sum; one above 10^38 - 1 is NULL.
WITH written AS (
    SELECT app, token, from_account AS depositor, lpad(CAST(amount AS VARCHAR(40)), 38, '0') AS digits
    FROM lake.bonus_deposited
    WHERE epoch = $epoch AND block_number <= $reference_block AND block_number >= $genesis_block AND amount > 0
),
halves AS (
    SELECT app, token, depositor,
           sum(CAST(substring(digits, 1, 19) AS DECIMAL(38, 0))) AS high,
           lpad(CAST(sum(CAST(substring(digits, 20, 19) AS DECIMAL(38, 0))) AS VARCHAR(40)), 38, '0') AS low
    FROM written
    GROUP BY app, token, depositor
),
carried AS (
    SELECT app, token, depositor,
           high + CAST(substring(low, 1, 19) AS DECIMAL(38, 0)) AS high, CAST(substring(low, 20, 19) AS DECIMAL(38, 0)) AS low
    FROM halves
)
SELECT app, token, depositor,
       CASE
           WHEN high < CAST(10000000000000000000 AS DECIMAL(38, 0))
           THEN CAST(high * CAST(10000000000000000000 AS DECIMAL(38, 0)) + low AS DECIMAL(38, 0))
       END AS amount
FROM carried
ORDER BY app, token, depositor
