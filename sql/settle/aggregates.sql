-- Grain: one row a (kind, app, account): 0 an app with a counted proof (x: app_cs, stake: its users' stake),
-- 1 a miner (x: work), 2 a user (x: counted tasks). Amounts are checked to fit DECIMAL(38, 0) by the cast. In no order.
WITH zero AS (SELECT unhex(repeat('00', 20)) AS account),
work AS (
    SELECT m.app, m.account, sum(m.gates * a.alpha_milli) AS x
    FROM miners AS m
    LEFT JOIN alphas AS a ON a.scheme = m.scheme
    GROUP BY m.app, m.account
),
app_stake AS (SELECT app, sum(stake) AS stake FROM stakes WHERE role = 1 GROUP BY app),
rows AS (
    SELECT 0::UTINYINT AS kind, c.app, zero.account,
           c.gates::HUGEINT * a.alpha_milli AS x, coalesce(s.stake, 0) AS stake
    FROM approvals AS c
    JOIN alphas AS a ON a.scheme = c.scheme
    LEFT JOIN app_stake AS s ON s.app = c.app
    CROSS JOIN zero
    WHERE c.app IN (SELECT app FROM users)
    UNION ALL
    SELECT 1, w.app, w.account, w.x, coalesce(s.stake, 0)
    FROM work AS w
    LEFT JOIN stakes AS s ON s.app = w.app AND s.account = w.account AND s.role = 0
    UNION ALL
    SELECT 2, u.app, u.account, u.tasks, coalesce(s.stake, 0)
    FROM users AS u
    LEFT JOIN stakes AS s ON s.app = u.app AND s.account = u.account AND s.role = 1
)
SELECT kind, app, account, x::DECIMAL(38, 0) AS x, stake
FROM rows
