-- Grain: one row a thing that deserves a look, of epochs $low to $high, newest first: an app whose proofs of an epoch are all
-- of one miner (of three or more), a miner who proved for itself, a stake that came in the last tenth of the epoch before
-- it counts, a task whose deadline was missed.
WITH proven AS (
    SELECT epoch, app, miner, "user" AS poster FROM lake.proof_verified
    WHERE block_number <= $finalized AND epoch BETWEEN $low AND $high
),
found AS (
    SELECT 'single miner' AS kind, epoch, min(miner) AS account, app,
           'all ' || count(*) || ' proofs of the epoch are of one miner' AS text
    FROM proven GROUP BY epoch, app HAVING count(*) >= 3 AND count(DISTINCT miner) = 1
    UNION ALL
    SELECT 'self-dealing', epoch, miner, app, count(*) || ' proofs of its own tasks'
    FROM proven WHERE miner = poster GROUP BY epoch, miner, app
    UNION ALL
    SELECT 'late stake', s.effective_epoch, s.account, s.app,
           'a stake of ' || s.delta || ' wei came in the last tenth of the epoch before'
    FROM lake.stake_changed AS s
    JOIN lake.blocks AS b ON b.number = s.block_number
    WHERE s.block_number <= $finalized AND s.effective_epoch BETWEEN $low AND $high AND s.delta > 0
      AND b.timestamp < $genesis + s.effective_epoch * $length
      AND b.timestamp * 10 >= ($genesis + s.effective_epoch * $length) * 10 - $length
    UNION ALL
    SELECT 'missed deadline', NULL, e.miner, q.app, 'task 0x' || lower(hex(e.task_id)) || ' expired'
    FROM lake.task_expired AS e
    JOIN lake.task_posted AS q ON q.task_id = e.task_id
    WHERE e.block_number <= $finalized
)
SELECT kind, epoch, account, app, text
FROM found
ORDER BY epoch DESC NULLS LAST, kind, account, app, text
LIMIT $rows
