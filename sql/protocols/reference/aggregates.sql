-- Portable: DuckDB and Spark read it alike.
-- Grain: one row a (kind, app, account) (SPEC section 7): 0 an app with a counted proof (x: app_cs, stake: its users'
-- stake), 1 a miner (x: work), 2 a user (x: counted tasks), 3 and 4 an app's sums of the rows of kind 1 and 2, 6 the stake
-- of all its miners. In no order. Sums fit: the epoch is read only where those of section 3 are within the limit.
WITH zero AS (SELECT unhex(repeat('00', 20)) AS account),
work AS (
    SELECT m.app, m.account, sum(m.gates * a.alpha_milli) AS x
    FROM miners AS m
    LEFT JOIN alphas AS a ON a.scheme = m.scheme
    GROUP BY m.app, m.account
),
app_stakes AS (
    SELECT app, sum(stake) FILTER (WHERE role = 0) AS miners, sum(stake) FILTER (WHERE role = 1) AS users
    FROM stakes
    GROUP BY app
),
participants AS (
    SELECT CAST(1 AS SMALLINT) AS kind, w.app, w.account, CAST(w.x AS DECIMAL(38, 0)) AS x, coalesce(s.stake, 0) AS stake
    FROM work AS w
    LEFT JOIN stakes AS s ON s.app = w.app AND s.account = w.account AND s.role = 0
    UNION ALL
    SELECT 2, u.app, u.account, u.tasks, coalesce(s.stake, 0)
    FROM users AS u
    LEFT JOIN stakes AS s ON s.app = u.app AND s.account = u.account AND s.role = 1
)
SELECT kind, app, account, x, stake FROM participants
UNION ALL
SELECT kind + 2, app, zero.account, sum(x), sum(stake)
FROM participants
CROSS JOIN zero
GROUP BY kind, app, zero.account
UNION ALL
SELECT k.kind, c.app, zero.account,
       CASE k.kind WHEN 0 THEN CAST(CAST(c.gates AS DECIMAL(20, 0)) * a.alpha_milli AS DECIMAL(38, 0)) ELSE 0 END,
       coalesce(CASE k.kind WHEN 0 THEN s.users ELSE s.miners END, 0)
FROM approvals AS c
JOIN alphas AS a ON a.scheme = c.scheme
LEFT JOIN app_stakes AS s ON s.app = c.app
CROSS JOIN (VALUES (CAST(0 AS SMALLINT)), (CAST(6 AS SMALLINT))) AS k(kind)
CROSS JOIN zero
WHERE c.app IN (SELECT app FROM users)
