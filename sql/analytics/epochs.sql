-- What: every epoch: its traffic, what was settled, what the chain says of it.
-- Grain: one row an epoch from 0 to the newest one that has a block or a report, empty ones too: when it begins (UTC), blocks,
--   our logs in them, proofs, apps, miners, users; what was settled: pool, distributed, remainder in tokens, leaves, root;
--   and what the chain says of the root: same, other, or none where none is proposed.
-- Plot: bar x=epoch y=distributed
WITH epochs AS (SELECT epoch, starts FROM analytics.epoch_clock),
settled AS (SELECT * FROM analytics.settled_reports),
dated AS (SELECT number, our_logs, epoch FROM analytics.dated_blocks),
counted AS (SELECT epoch, count(*) AS blocks, sum(our_logs)::BIGINT AS events FROM dated GROUP BY epoch),
proofs AS (
    SELECT d.epoch, count(*) AS proofs, count(DISTINCT p.app) AS apps, count(DISTINCT p.miner) AS miners,
           count(DISTINCT p."user") AS users
    FROM lake.proof_verified AS p
    JOIN dated AS d ON d.number = p.block_number
    GROUP BY d.epoch
),
proposed AS (
    SELECT epoch, arg_max(root, (block_number, log_index)) AS root FROM analytics.root_proposed GROUP BY epoch
)
SELECT e.epoch, as_time(e.starts) AS starts, coalesce(b.blocks, 0) AS blocks, coalesce(b.events, 0) AS events,
       coalesce(p.proofs, 0) AS proofs, coalesce(p.apps, 0) AS apps, coalesce(p.miners, 0) AS miners,
       coalesce(p.users, 0) AS users, r.pool_tokens AS pool, r.distributed_tokens AS distributed,
       r.remainder_tokens AS remainder, r.leaves, r.root,
       CASE WHEN c.root IS NULL THEN 'none' WHEN c.root = r.root THEN 'same' ELSE 'other' END AS on_chain
FROM epochs AS e
LEFT JOIN counted AS b ON b.epoch = e.epoch
LEFT JOIN proofs AS p ON p.epoch = e.epoch
LEFT JOIN settled AS r ON r.epoch = e.epoch
LEFT JOIN proposed AS c ON c.epoch = e.epoch
ORDER BY e.epoch
