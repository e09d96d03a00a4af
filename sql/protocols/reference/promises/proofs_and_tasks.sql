-- Portable: DuckDB and Spark read it alike.
-- Promise: a counted proof counts once for its miner and once for its user, in one and the same app. Rows are violations.
WITH proven AS (SELECT app, sum(proofs) AS proofs FROM miners GROUP BY app),
posted AS (SELECT app, sum(tasks) AS tasks FROM users GROUP BY app)
SELECT 'tasks of app ' || lower(hex(coalesce(m.app, u.app))) || ' with ' || coalesce(m.proofs, 0) || ' proofs' AS what,
       CAST(coalesce(u.tasks, 0) AS VARCHAR(40)) AS got
FROM proven AS m
FULL JOIN posted AS u ON u.app = m.app
WHERE m.proofs IS DISTINCT FROM u.tasks
ORDER BY coalesce(m.app, u.app)
