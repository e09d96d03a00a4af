-- Grain: one row an app from $app to $last_app that has a proof or a missed deadline: its proofs with an acceptance, the seconds
-- from the last acceptance to the proof (the middle one, the one that nine in ten do not exceed, the slowest), missed deadlines.
WITH taken AS (
    SELECT p.app, p.task_id, b.timestamp::BIGINT - max(a.timestamp)::BIGINT AS seconds
    FROM lake.proof_verified AS p
    JOIN lake.blocks AS b ON b.number = p.block_number
    JOIN lake.task_accepted AS t ON t.address = p.address AND t.task_id = p.task_id
    JOIN lake.blocks AS a ON a.number = t.block_number
    WHERE p.app BETWEEN $app AND $last_app AND p.block_number <= $finalized
    GROUP BY p.app, p.address, p.task_id, b.timestamp
),
timed AS (
    SELECT app, count(*) AS proofs, quantile_disc(seconds, 0.5) AS median, quantile_disc(seconds, 0.9) AS p90,
           max(seconds) AS slowest
    FROM taken GROUP BY app
),
missed AS (
    SELECT q.app, count(*) AS missed
    FROM lake.task_expired AS e
    JOIN lake.task_posted AS q ON q.address = e.address AND q.task_id = e.task_id
    WHERE q.app BETWEEN $app AND $last_app AND e.block_number <= $finalized
    GROUP BY q.app
)
SELECT coalesce(t.app, m.app) AS app, coalesce(t.proofs, 0) AS proofs, t.median, t.p90, t.slowest, coalesce(m.missed, 0) AS missed
FROM timed AS t
FULL JOIN missed AS m ON m.app = t.app
ORDER BY 1
