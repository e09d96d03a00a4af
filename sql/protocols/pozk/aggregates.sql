-- Grain: one row an app with labor in $epoch (kind 0: its work, its own stake of all stakers), and one an (app, account) with
-- labor: kind 1 miners, with their stake in the app and their vesting amount, kind 2 players, whose stake is global.
WITH inside AS (SELECT * FROM labors WHERE epoch = $epoch),
apps AS (SELECT DISTINCT app FROM inside),
app_stakes AS (
    SELECT prover AS app, sum(changed) AS stake
    FROM lake.prover_stake_change
    WHERE epoch <= $epoch AND block_number <= $finalized
    GROUP BY prover
),
miner_stakes AS (
    SELECT prover AS app, account, sum(changed) AS stake
    FROM lake.miner_stake_change
    WHERE epoch <= $epoch AND block_number <= $finalized
    GROUP BY prover, account
),
player_stakes AS (
    SELECT account, sum(changed) AS stake
    FROM lake.player_stake_change
    WHERE epoch <= $epoch AND block_number <= $finalized
    GROUP BY account
)
SELECT 0 AS kind, a.app, ''::BLOB AS account, w.work::DECIMAL(38, 0) AS x, coalesce(s.stake, 0)::DECIMAL(38, 0) AS stake
FROM apps AS a
JOIN works AS w ON w.app = a.app AND w.epoch = $epoch
LEFT JOIN app_stakes AS s ON s.app = a.app
UNION ALL
SELECT
    1, m.app, m.account, m.labor::DECIMAL(38, 0),
    (coalesce(s.stake, 0) + coalesce(CASE WHEN v.end_time = 0 OR m.first_time < v.end_time THEN v.amount END, 0))::DECIMAL(38, 0)
FROM (SELECT * FROM inside WHERE role = 0) AS m
ASOF LEFT JOIN vesting AS v ON v.account = m.account AND m.spot >= v.spot
LEFT JOIN miner_stakes AS s ON s.app = m.app AND s.account = m.account
UNION ALL
SELECT 2, p.app, p.account, p.labor::DECIMAL(38, 0), coalesce(s.stake, 0)::DECIMAL(38, 0)
FROM inside AS p
LEFT JOIN player_stakes AS s ON s.account = p.account
WHERE p.role = 1
ORDER BY ALL
