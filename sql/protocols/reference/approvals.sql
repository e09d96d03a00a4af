-- Portable: DuckDB and Spark read it alike.
-- Grain: one row an app that is approved for $epoch. Approvals and stops are one kind: the last word counts.
WITH words AS (
    SELECT app, from_epoch, block_number, log_index, scheme, gates, true AS approved
    FROM lake.app_approved
    UNION ALL
    SELECT app, from_epoch, block_number, log_index, NULL, NULL, false
    FROM lake.app_stopped
),
ordered AS (
    SELECT app, scheme, gates, approved,
           row_number() OVER (PARTITION BY app ORDER BY from_epoch DESC, block_number DESC, log_index DESC) AS place
    FROM words
    WHERE from_epoch <= $epoch AND block_number <= $reference_block
)
SELECT app, scheme, gates
FROM ordered
WHERE place = 1 AND approved
