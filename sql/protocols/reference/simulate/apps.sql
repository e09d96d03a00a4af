-- Grain: one row an app that is approved for the projected epoch: its app_cs, its users' and its miners' stake.
SELECT c.app, (c.gates::HUGEINT * a.alpha_milli)::DECIMAL(38, 0) AS app_cs,
       coalesce((SELECT sum(s.stake) FROM stakes AS s WHERE s.app = c.app AND s.role = 1), 0)::DECIMAL(38, 0) AS user_stake,
       coalesce((SELECT sum(s.stake) FROM stakes AS s WHERE s.app = c.app AND s.role = 0), 0)::DECIMAL(38, 0) AS miner_stake
FROM approvals AS c
JOIN alphas AS a ON a.scheme = c.scheme
ORDER BY c.app
