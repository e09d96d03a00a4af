-- Grain: one row a count of the lake: wrong answers of nodes, logs in quarantine, ranges that nothing proves.
SELECT 'evidence' AS name, count(*) AS value FROM lake.evidence
UNION ALL
SELECT 'quarantined_logs', count(*) FROM lake.quarantine
UNION ALL
SELECT 'unproven_ranges', count(*)
FROM lake.coverage AS c
WHERE
    c.level = 'none'
    AND NOT EXISTS (
        SELECT 1 FROM lake.coverage AS o
        WHERE o.level <> 'none' AND o.from_block <= c.from_block AND o.to_block >= c.to_block
    );
