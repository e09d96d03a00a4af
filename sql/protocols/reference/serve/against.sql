-- Grain: one row an oracle that spoke against what was proposed: in how many epochs, by a dissent or by a vote for another
-- report. `roots`, `votes` and `dissents` are the steps of these names, over the same epochs.
SELECT oracle, count(DISTINCT epoch) AS dissents
FROM (
    SELECT oracle, epoch FROM dissents
    UNION ALL
    SELECT v.oracle, v.epoch FROM votes AS v JOIN roots AS r ON r.epoch = v.epoch AND r.report_hash <> v.report_hash
) AS said
GROUP BY oracle
