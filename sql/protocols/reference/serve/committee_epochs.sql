-- Grain: one row an epoch of which a root was proposed, newest first: how many oracles agree with it, and which ones said
-- another report hash; an oracle's dissent counts more than its vote. `roots`, `votes` and `dissents` are the steps of these names.
WITH said AS (
    SELECT epoch, oracle, report_hash FROM dissents
    UNION ALL
    SELECT v.epoch, v.oracle, v.report_hash FROM votes AS v
    ANTI JOIN dissents AS d ON d.epoch = v.epoch AND d.oracle = v.oracle
)
SELECT r.epoch, r.report_hash, count(s.oracle) FILTER (WHERE s.report_hash = r.report_hash) AS agree,
       coalesce(list({'member': s.oracle, 'report_hash': s.report_hash} ORDER BY s.oracle)
                FILTER (WHERE s.report_hash <> r.report_hash), []) AS dissent
FROM roots AS r
LEFT JOIN said AS s ON s.epoch = r.epoch
GROUP BY r.epoch, r.report_hash
ORDER BY r.epoch DESC
