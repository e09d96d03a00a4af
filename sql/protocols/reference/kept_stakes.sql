-- Portable: DuckDB and Spark read it alike.
-- Grain: one row an (app, account, role, effective_epoch): the sum of all changes in blocks up to $reference_block.
-- What is effective in $epoch bears that epoch, whichever it named; what becomes effective later bears its own.
SELECT app, account, role, $epoch AS effective_epoch, stake AS delta
FROM stakes
UNION ALL
SELECT
    app,
    account,
    role,
    effective_epoch,
    coalesce(sum(delta) FILTER (WHERE delta > 0), 0) + coalesce(sum(delta) FILTER (WHERE delta < 0), 0) AS delta
FROM (
    SELECT app, account, role, effective_epoch, delta FROM stake_base WHERE effective_epoch > $epoch
    UNION ALL
    SELECT app, account, role, effective_epoch, delta
    FROM lake.stake_changed
    WHERE effective_epoch > $epoch AND block_number BETWEEN $stakes_from AND $reference_block
) AS later
GROUP BY app, account, role, effective_epoch
