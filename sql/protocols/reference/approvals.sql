-- Grain: one row an app that is approved for $epoch. Approvals and stops are one kind: the last word counts.
WITH words AS (
    SELECT app, from_epoch, block_number, log_index, scheme, gates, true AS approved
    FROM lake.app_approved
    UNION ALL
    SELECT app, from_epoch, block_number, log_index, NULL, NULL, false
    FROM lake.app_stopped
),
in_force AS (
    SELECT *
    FROM words
    WHERE from_epoch <= $epoch AND block_number <= $reference_block
    QUALIFY row_number() OVER (PARTITION BY app ORDER BY from_epoch DESC, block_number DESC, log_index DESC) = 1
)
SELECT app, scheme, gates
FROM in_force
WHERE approved
