-- What: who let deadlines pass and who stepped in: a takeover is the proof of a task that another miner had accepted first.
-- Grain: one row an (app, miner) with an acceptance, a missed deadline or a takeover.
-- Plot: bar x=miner y=missed
WITH tasks AS (SELECT market, task_id, app, first_miner, miner FROM analytics.tasks),
accepted AS (
    SELECT t.app, a.miner, count(*) AS accepted
    FROM analytics.task_accepted AS a JOIN tasks AS t ON t.market = a.address AND t.task_id = a.task_id
    GROUP BY t.app, a.miner
),
missed AS (
    SELECT t.app, e.miner, count(*) AS missed, total_of(e.slashed) AS slashed
    FROM analytics.task_expired AS e JOIN tasks AS t ON t.market = e.address AND t.task_id = e.task_id
    GROUP BY t.app, e.miner
),
taken AS (SELECT app, miner, count(*) AS takeovers FROM tasks WHERE miner <> first_miner GROUP BY app, miner),
lost AS (SELECT app, first_miner AS miner, count(*) AS taken_over FROM tasks WHERE miner <> first_miner GROUP BY app, first_miner),
known AS (
    SELECT app, miner FROM accepted UNION SELECT app, miner FROM missed UNION SELECT app, miner FROM taken
)
SELECT k.app, k.miner, coalesce(a.accepted, 0) AS accepted, coalesce(m.missed, 0) AS missed,
       coalesce(m.slashed, 0) AS slashed, in_network_tokens(coalesce(m.slashed, 0)) AS slashed_tokens,
       coalesce(l.taken_over, 0) AS taken_over, coalesce(t.takeovers, 0) AS takeovers,
       ratio(coalesce(m.missed, 0), a.accepted) AS missed_ratio
FROM known AS k
LEFT JOIN accepted AS a ON a.app = k.app AND a.miner = k.miner
LEFT JOIN missed AS m ON m.app = k.app AND m.miner = k.miner
LEFT JOIN taken AS t ON t.app = k.app AND t.miner = k.miner
LEFT JOIN lost AS l ON l.app = k.app AND l.miner = k.miner
ORDER BY missed DESC, k.app, k.miner
