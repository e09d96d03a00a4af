-- Portable: DuckDB and Spark read it alike.
-- Grain: that of sql/protocols/reference/stakes, for changes so great that plain sums might overflow: rises and falls are
-- summed apart, each in two halves of 19 digits, which hold any sum. A stake that is not in -(10^38 - 1) .. 10^38 - 1 is NULL.
WITH changes AS (
    SELECT app, account, role, delta FROM stake_base WHERE effective_epoch <= $epoch
    UNION ALL
    SELECT app, account, role, delta
    FROM lake.stake_changed
    WHERE effective_epoch <= $epoch AND block_number BETWEEN $stakes_from AND $reference_block
),
written AS (
    SELECT app, account, role, delta > 0 AS is_rise,
           lpad(CAST(CASE WHEN delta < 0 THEN 0 - delta ELSE delta END AS VARCHAR(40)), 38, '0') AS digits
    FROM changes
),
halves AS (
    SELECT app, account, role,
           coalesce(sum(CAST(substring(digits, 1, 19) AS DECIMAL(38, 0))) FILTER (WHERE is_rise), 0) AS rise_high,
           lpad(CAST(coalesce(sum(CAST(substring(digits, 20, 19) AS DECIMAL(38, 0))) FILTER (WHERE is_rise), 0) AS VARCHAR(40)), 38, '0') AS rise_low,
           coalesce(sum(CAST(substring(digits, 1, 19) AS DECIMAL(38, 0))) FILTER (WHERE NOT is_rise), 0) AS fall_high,
           lpad(CAST(coalesce(sum(CAST(substring(digits, 20, 19) AS DECIMAL(38, 0))) FILTER (WHERE NOT is_rise), 0) AS VARCHAR(40)), 38, '0') AS fall_low
    FROM written
    GROUP BY app, account, role
),
carried AS ( -- what a low sum has beyond 19 digits goes up; both differences are exact, of either sign
    SELECT app, account, role,
           rise_high + CAST(substring(rise_low, 1, 19) AS DECIMAL(38, 0)) - fall_high - CAST(substring(fall_low, 1, 19) AS DECIMAL(38, 0)) AS high,
           CAST(substring(rise_low, 20, 19) AS DECIMAL(38, 0)) - CAST(substring(fall_low, 20, 19) AS DECIMAL(38, 0)) AS low
    FROM halves
),
even AS ( -- both of one sign: then the sum fits where the high half has 19 digits
    SELECT app, account, role,
           high + CASE WHEN high > 0 AND low < 0 THEN -1 WHEN high < 0 AND low > 0 THEN 1 ELSE 0 END AS high,
           low + CASE WHEN high > 0 AND low < 0 THEN CAST(10000000000000000000 AS DECIMAL(38, 0))
                      WHEN high < 0 AND low > 0 THEN CAST(-10000000000000000000 AS DECIMAL(38, 0))
                      ELSE CAST(0 AS DECIMAL(38, 0)) END AS low
    FROM carried
)
SELECT
    app,
    account,
    role,
    CASE
        WHEN high > CAST(-10000000000000000000 AS DECIMAL(38, 0)) AND high < CAST(10000000000000000000 AS DECIMAL(38, 0))
        THEN CAST(high * CAST(10000000000000000000 AS DECIMAL(38, 0)) + low AS DECIMAL(38, 0))
    END AS stake
FROM even
