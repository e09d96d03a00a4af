-- Grain: one row: seconds from acceptance to proof of the tasks of $app, the middle one and the one that nine in ten do not
-- exceed, and how many tasks missed their deadline.
WITH taken AS (
    SELECT p.task_id, b.timestamp::BIGINT - max(a.timestamp)::BIGINT AS seconds
    FROM lake.proof_verified AS p
    JOIN lake.blocks AS b ON b.number = p.block_number
    JOIN lake.task_accepted AS t ON t.task_id = p.task_id
    JOIN lake.blocks AS a ON a.number = t.block_number
    WHERE p.app = $app AND p.block_number <= $finalized
    GROUP BY p.task_id, b.timestamp
)
SELECT quantile_disc(seconds, 0.5) AS median, quantile_disc(seconds, 0.9) AS p90,
       (SELECT count(*) FROM lake.task_expired AS e JOIN lake.task_posted AS q ON q.task_id = e.task_id
        WHERE q.app = $app AND e.block_number <= $finalized) AS missed
FROM taken
