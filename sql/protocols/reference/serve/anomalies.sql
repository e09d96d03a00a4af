-- Grain: one row a thing that deserves a look, of epochs $low to $high, newest first: an app whose proofs of an epoch are all
-- of one miner (of three or more), a miner who proved for itself, a stake that came in the last tenth of the epoch before
-- it counts, a task whose deadline was missed, proofs of ten times more or fewer gates than the middle one of their app, and proofs
-- in the last twentieth of the time before the deadline.
WITH proven AS (
    SELECT epoch, app, miner, "user" AS poster FROM lake.proof_verified
    WHERE block_number <= $finalized AND epoch BETWEEN $low AND $high
),
gates AS (
    SELECT p.epoch, p.app, p.miner, p.gates::HUGEINT AS gates, m.middle
    FROM lake.proof_verified AS p
    JOIN (SELECT app, quantile_disc(gates, 0.5)::HUGEINT AS middle FROM lake.proof_verified
          WHERE block_number <= $finalized AND epoch BETWEEN $low AND $high GROUP BY app) AS m ON m.app = p.app
    WHERE p.block_number <= $finalized AND p.epoch BETWEEN $low AND $high
),
accepted AS (
    SELECT t.address, t.task_id, max_by(t.deadline, (t.block_number, t.log_index))::HUGEINT AS deadline, max(b.timestamp) AS seconds
    FROM lake.task_accepted AS t JOIN lake.blocks AS b ON b.number = t.block_number
    GROUP BY t.address, t.task_id
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
    SELECT 'gate outlier', epoch, miner, app,
           count(*) || ' proofs far from the ' || min(middle) || ' gates that are usual in the app, up to ' || max(gates)
    FROM gates WHERE gates > 10 * middle OR gates * 10 < middle GROUP BY epoch, miner, app
    UNION ALL
    SELECT 'proof at the deadline', p.epoch, p.miner, p.app, count(*) || ' proofs in the last twentieth of their time'
    FROM lake.proof_verified AS p
    JOIN lake.blocks AS b ON b.number = p.block_number
    JOIN accepted AS a ON a.address = p.address AND a.task_id = p.task_id
    WHERE p.block_number <= $finalized AND p.epoch BETWEEN $low AND $high AND b.timestamp <= a.deadline
      AND (a.deadline - b.timestamp) * 20 <= a.deadline - a.seconds
    GROUP BY p.epoch, p.miner, p.app
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
