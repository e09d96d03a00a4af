-- What: what a miner did and got, epoch by epoch.
-- Grain: one row an epoch in which $account proved, missed a deadline, was paid as a miner, or had a miner's stake.
-- Parameter: account address: the miner
-- Plot: bar x=epoch y=emission_tokens
WITH proven AS (
    SELECT epoch, count(*) AS proofs, count(DISTINCT app) AS apps, total_of(gates) AS gates
    FROM analytics.proof_verified WHERE miner = $account GROUP BY epoch
),
fees AS (
    SELECT proven_in AS epoch, total_of(to_miner) AS fees FROM analytics.tasks WHERE miner = $account GROUP BY proven_in
),
missed AS (
    SELECT b.epoch, count(*) AS missed
    FROM analytics.task_expired AS e
    JOIN analytics.dated_blocks AS b ON b.number = e.block_number
    WHERE e.miner = $account GROUP BY b.epoch
),
paid AS (
    SELECT epoch, total_of(amount) AS emission
    FROM analytics.settled_amounts
    WHERE account = $account AND role = 0 AND token = network_token() GROUP BY epoch
),
changes AS (
    SELECT effective_epoch, total_of(delta) AS delta
    FROM analytics.stake_changed WHERE account = $account AND role = 0 GROUP BY effective_epoch
),
staked AS (
    SELECT c.epoch, total_of(s.delta) AS stake
    FROM analytics.epoch_clock AS c
    JOIN changes AS s ON s.effective_epoch <= c.epoch
    GROUP BY c.epoch
)
SELECT c.epoch, as_time(c.starts) AS starts, coalesce(v.proofs, 0) AS proofs, coalesce(v.apps, 0) AS apps,
       coalesce(v.gates, 0) AS gates, coalesce(m.missed, 0) AS missed, coalesce(s.stake, 0) AS stake,
       in_network_tokens(coalesce(s.stake, 0)) AS stake_tokens, coalesce(f.fees, 0) AS fees,
       in_network_tokens(coalesce(f.fees, 0)) AS fees_tokens, coalesce(p.emission, 0) AS emission,
       in_network_tokens(coalesce(p.emission, 0)) AS emission_tokens
FROM analytics.epoch_clock AS c
LEFT JOIN proven AS v ON v.epoch = c.epoch
LEFT JOIN fees AS f ON f.epoch = c.epoch
LEFT JOIN missed AS m ON m.epoch = c.epoch
LEFT JOIN paid AS p ON p.epoch = c.epoch
LEFT JOIN staked AS s ON s.epoch = c.epoch
WHERE v.epoch IS NOT NULL OR m.epoch IS NOT NULL OR p.epoch IS NOT NULL OR coalesce(s.stake, 0) <> 0
ORDER BY c.epoch
