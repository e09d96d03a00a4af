-- Grain: one row an epoch that has blocks: blocks, our logs, counted kinds of events, apps, miners, users.
WITH clock AS (
    SELECT max(value) FILTER (key = 'genesis')::BIGINT AS genesis,
           max(value) FILTER (key = 'length_seconds')::BIGINT AS length_seconds
    FROM lake.identity
),
dated AS (
    SELECT number, our_logs, (timestamp::BIGINT - genesis) // length_seconds AS epoch
    FROM lake.blocks, clock
    WHERE timestamp::BIGINT >= genesis
),
proofs AS (
    SELECT d.epoch, count(*) AS proofs, count(DISTINCT p.app) AS apps, count(DISTINCT p.miner) AS miners,
           count(DISTINCT p."user") AS users
    FROM lake.proof_verified AS p
    JOIN dated AS d ON d.number = p.block_number
    GROUP BY d.epoch
)
SELECT d.epoch, count(*) AS blocks, sum(d.our_logs)::BIGINT AS events, coalesce(any_value(p.proofs), 0) AS proofs,
       coalesce(any_value(p.apps), 0) AS apps, coalesce(any_value(p.miners), 0) AS miners,
       coalesce(any_value(p.users), 0) AS users
FROM dated AS d
LEFT JOIN proofs AS p ON p.epoch = d.epoch
GROUP BY d.epoch
ORDER BY d.epoch
