-- Grain: one row an app that was played in the epoch's blocks, and one an (app, account) that did so.
WITH played AS (SELECT * FROM lake.played WHERE block_number BETWEEN $first_block AND $reference_block),
stakes AS (SELECT app, account, sum(amount) AS stake FROM lake.staked WHERE block_number < $first_block GROUP BY app, account)
SELECT 0 AS kind, app, ''::BLOB AS account, 1 AS x, (SELECT coalesce(sum(stake), 0) FROM stakes AS s WHERE s.app = p.app) AS stake
FROM played AS p
GROUP BY app
UNION ALL
SELECT 1, p.app, miner, sum(times), coalesce(any_value(s.stake), 0)
FROM played AS p
LEFT JOIN stakes AS s ON s.app = p.app AND s.account = p.miner
GROUP BY p.app, miner
UNION ALL
SELECT 2, p.app, player, sum(times), coalesce(any_value(s.stake), 0)
FROM played AS p
LEFT JOIN stakes AS s ON s.app = p.app AND s.account = p.player
GROUP BY p.app, player
