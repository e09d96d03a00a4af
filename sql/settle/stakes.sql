-- Grain: one row an (app, account, role), its stake effective in $epoch. Rises and falls are summed apart, so that
-- whether a sum overflows does not depend on the order of the rows.
SELECT
    app,
    account,
    role,
    coalesce(sum(delta) FILTER (delta > 0), 0) + coalesce(sum(delta) FILTER (delta < 0), 0) AS stake
FROM lake.stake_changed
WHERE effective_epoch <= $epoch AND block_number <= $reference_block
GROUP BY app, account, role
