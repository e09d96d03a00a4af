-- What: what users paid for an app's proofs and who got it, beside what the emission paid for its work.
-- Grain: one row an app with a proof in epochs $from_epoch to $to_epoch, or with emission.
-- Parameter: from_epoch epoch = 0: the first epoch that counts
-- Parameter: to_epoch epoch = newest: the last one
-- Plot: bar x=app y=fees_tokens
WITH fees AS (
    SELECT app, count(*) AS proofs, count(DISTINCT miner) AS miners, count(DISTINCT "user") AS users,
           total_of(fee) AS fees, total_of(to_miner) AS to_miners, total_of(burned) AS burned, total_of(rebated) AS rebated
    FROM analytics.tasks
    WHERE proven_in BETWEEN $from_epoch AND $to_epoch
    GROUP BY app
),
paid AS (
    SELECT app, total_of(amount) AS emission
    FROM analytics.settled_amounts
    WHERE role <= 1 AND token = network_token() AND epoch BETWEEN $from_epoch AND $to_epoch
    GROUP BY app
),
names AS (SELECT app, max_by(name, (block_number, log_index)) AS name FROM analytics.app_registered GROUP BY app)
SELECT coalesce(f.app, p.app) AS app, n.name, coalesce(f.proofs, 0) AS proofs, coalesce(f.miners, 0) AS miners,
       coalesce(f.users, 0) AS users, coalesce(f.fees, 0) AS fees, in_network_tokens(coalesce(f.fees, 0)) AS fees_tokens,
       coalesce(f.to_miners, 0) AS to_miners, coalesce(f.burned, 0) AS burned, coalesce(f.rebated, 0) AS rebated,
       coalesce(p.emission, 0) AS emission, in_network_tokens(coalesce(p.emission, 0)) AS emission_tokens
FROM fees AS f
FULL JOIN paid AS p ON p.app = f.app
LEFT JOIN names AS n ON n.app = coalesce(f.app, p.app)
ORDER BY fees DESC, app
