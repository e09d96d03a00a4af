-- Grain: that of sql/protocols/reference/stakes, for changes so great that plain sums might overflow: two sums, of the 63 low bits and
-- of what is above them, hold any. A stake that is not in -(10^38 - 1) .. 10^38 - 1 is NULL.
WITH changes AS (
    SELECT app, account, role, delta::HUGEINT AS delta FROM stake_base WHERE effective_epoch <= $epoch
    UNION ALL
    SELECT app, account, role, delta::HUGEINT
    FROM lake.stake_changed
    WHERE effective_epoch <= $epoch AND block_number BETWEEN $stakes_from AND $reference_block
),
halves AS (
    SELECT app, account, role, sum(delta >> 63) AS high, sum(delta & 9223372036854775807) AS low
    FROM changes
    GROUP BY app, account, role
),
carried AS (
    SELECT app, account, role, high + (low >> 63) AS high, low & 9223372036854775807 AS low FROM halves
)
SELECT
    app,
    account,
    role,
    CASE
        WHEN high BETWEEN -10842021724855044341 AND 10842021724855044341 -- 10^38 is 1.08 x 10^19 times 2^63
        THEN TRY_CAST(high * 9223372036854775808::HUGEINT + low AS DECIMAL(38, 0))
    END AS stake
FROM carried
