-- Grain: one row a posted task, with what became of it.
-- Column: market: the contract that it was posted to
-- Column: task_id: opaque, 32 bytes
-- Column: fee: base units of the network's token
-- Column: fee_tokens: the same in tokens
-- Column: posted_at: seconds since 1970 UTC
-- Column: acceptances: how often a miner took it
-- Column: first_miner: who took it first
-- Column: last_miner: who took it last
-- Column: accepted_at: when it was taken last, seconds
-- Column: deadline: of that acceptance, seconds
-- Column: misses: how many deadlines of it were missed
-- Column: cancelled_at: seconds
-- Column: miner: who proved it
-- Column: proven_at: seconds
-- Column: proven_in: the epoch of the proof
-- Column: gates: of the proof
-- Column: scheme: of the proof
-- Column: to_miner: what the miner got of the fee, base units
-- Column: burned: what was burned of it
-- Column: rebated: what went back to the user
-- Column: state: open, accepted, proven or cancelled
WITH accepted AS (
    SELECT a.address, a.task_id, count(*) AS acceptances, min_by(a.miner, (a.block_number, a.log_index)) AS first_miner,
           max_by(a.miner, (a.block_number, a.log_index)) AS last_miner,
           max_by(a.deadline, (a.block_number, a.log_index)) AS deadline,
           max(b.timestamp)::BIGINT AS accepted_at
    FROM lake.task_accepted AS a
    JOIN lake.blocks AS b ON b.number = a.block_number
    GROUP BY a.address, a.task_id
),
missed AS (SELECT address, task_id, count(*) AS misses FROM lake.task_expired GROUP BY address, task_id),
cancelled AS (
    SELECT c.address, c.task_id, max(b.timestamp)::BIGINT AS cancelled_at
    FROM lake.task_cancelled AS c
    JOIN lake.blocks AS b ON b.number = c.block_number
    GROUP BY c.address, c.task_id
),
proven AS (
    SELECT p.address, p.task_id, p.miner, p.gates, p.scheme, p.epoch, b.timestamp::BIGINT AS proven_at
    FROM lake.proof_verified AS p
    JOIN lake.blocks AS b ON b.number = p.block_number
),
paid AS (SELECT address, task_id, to_miner, burned, rebated FROM lake.fee_paid)
SELECT hex_text(t.address) AS market, hex_text(t.task_id) AS task_id, hex_text(t.app) AS app,
       hex_text(t."user") AS "user", t.fee, in_network_tokens(t.fee) AS fee_tokens,
       b.timestamp::BIGINT AS posted_at, coalesce(a.acceptances, 0) AS acceptances, hex_text(a.first_miner) AS first_miner,
       hex_text(a.last_miner) AS last_miner, a.accepted_at, a.deadline, coalesce(m.misses, 0) AS misses,
       c.cancelled_at, hex_text(p.miner) AS miner, p.proven_at, p.epoch AS proven_in, p.gates, p.scheme,
       f.to_miner, f.burned, f.rebated,
       CASE WHEN p.miner IS NOT NULL THEN 'proven' WHEN c.cancelled_at IS NOT NULL THEN 'cancelled'
            WHEN coalesce(a.acceptances, 0) > coalesce(m.misses, 0) THEN 'accepted' ELSE 'open' END AS state
FROM lake.task_posted AS t
JOIN lake.blocks AS b ON b.number = t.block_number
LEFT JOIN accepted AS a ON a.address = t.address AND a.task_id = t.task_id
LEFT JOIN missed AS m ON m.address = t.address AND m.task_id = t.task_id
LEFT JOIN cancelled AS c ON c.address = t.address AND c.task_id = t.task_id
LEFT JOIN proven AS p ON p.address = t.address AND p.task_id = t.task_id
LEFT JOIN paid AS f ON f.address = t.address AND f.task_id = t.task_id
