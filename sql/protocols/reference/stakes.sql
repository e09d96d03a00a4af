-- Portable: DuckDB and Spark read it alike.
-- Grain: one row an (app, account, role), its stake effective in $epoch: what stake_base knows of the blocks before
-- $stakes_from (nothing where that is 0), and the changes since. Rises and falls are summed apart, so that whether a sum
-- overflows does not depend on the order of the rows. No cast to HUGEINT: that of a DECIMAL costs more than the sum.
WITH changes AS (
    SELECT app, account, role, delta FROM stake_base WHERE effective_epoch <= $epoch
    UNION ALL
    SELECT app, account, role, delta
    FROM lake.stake_changed
    WHERE effective_epoch <= $epoch AND block_number BETWEEN $stakes_from AND $reference_block
)
SELECT
    app,
    account,
    role,
    coalesce(sum(delta) FILTER (WHERE delta > 0), 0) + coalesce(sum(delta) FILTER (WHERE delta < 0), 0) AS stake
FROM changes
GROUP BY app, account, role
