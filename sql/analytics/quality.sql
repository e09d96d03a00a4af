-- What: how reliable a miner is: of what it accepted, what it proved and what it let pass; disputes of its proofs; what was taken of
--   its stake; how fast it is, and how much of the time was left when it proved.
-- Grain: one row a miner with an acceptance, a proof or a missed deadline.
-- Plot: bar x=miner y=proven_ratio
WITH accepted AS (SELECT miner, count(*) AS accepted FROM analytics.task_accepted GROUP BY miner),
proven AS (
    SELECT miner, count(*) AS proven, quantile_disc(proven_at - accepted_at, 0.5) AS median_seconds,
           quantile_disc(proven_at - accepted_at, 0.9) AS p90_seconds,
           quantile_disc(deadline::HUGEINT - proven_at, 0.5)::DECIMAL(38, 0) AS median_left_seconds,
           count(*) FILTER (first_miner <> miner) AS takeovers
    FROM analytics.tasks WHERE state = 'proven' GROUP BY miner
),
missed AS (SELECT miner, count(*) AS missed, total_of(slashed) AS slashed FROM analytics.task_expired GROUP BY miner),
disputed AS (
    SELECT t.last_miner AS miner, count(*) AS disputes, count(*) FILTER (d.ruling = 1) AS lost
    FROM analytics.dispute_resolved AS d
    JOIN analytics.tasks AS t ON t.market = d.address AND t.task_id = d.task_id
    GROUP BY t.last_miner
),
known AS (SELECT miner FROM accepted UNION SELECT miner FROM proven UNION SELECT miner FROM missed)
SELECT k.miner, coalesce(a.accepted, 0) AS accepted, coalesce(p.proven, 0) AS proven, coalesce(m.missed, 0) AS missed,
       coalesce(p.takeovers, 0) AS takeovers, coalesce(d.disputes, 0) AS disputes, coalesce(d.lost, 0) AS disputes_lost,
       coalesce(m.slashed, 0) AS slashed, in_network_tokens(coalesce(m.slashed, 0)) AS slashed_tokens,
       p.median_seconds, p.p90_seconds, p.median_left_seconds, ratio(coalesce(p.proven, 0), a.accepted) AS proven_ratio,
       ratio(coalesce(m.missed, 0), a.accepted) AS missed_ratio
FROM known AS k
LEFT JOIN accepted AS a ON a.miner = k.miner
LEFT JOIN proven AS p ON p.miner = k.miner
LEFT JOIN missed AS m ON m.miner = k.miner
LEFT JOIN disputed AS d ON d.miner = k.miner
ORDER BY proven DESC, k.miner
