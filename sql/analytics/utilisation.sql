-- What: how much of what is there is used: of the tasks posted in an epoch those that were proven since, of the miners with a
--   stake those that proved, and the miners' hours that passed between acceptance and proof.
-- Grain: one row an epoch of the clock.
-- Plot: line x=epoch y=proven_ratio
WITH clock AS (SELECT epoch, starts, ends FROM analytics.epoch_clock),
posted AS (
    SELECT c.epoch, count(*) AS posted, count(*) FILTER (t.acceptances > 0) AS accepted,
           count(*) FILTER (t.state = 'proven') AS proven, count(*) FILTER (t.state = 'cancelled') AS cancelled,
           count(*) FILTER (t.misses > 0) AS missed
    FROM analytics.tasks AS t
    ASOF JOIN clock AS c ON t.posted_at >= c.starts
    GROUP BY c.epoch
),
worked AS (
    SELECT proven_in AS epoch, count(DISTINCT miner) AS miners,
           sum(greatest(proven_at - accepted_at, 0))::BIGINT AS busy_seconds
    FROM analytics.tasks WHERE state = 'proven' GROUP BY proven_in
),
changes AS (
    SELECT account, effective_epoch, total_of(delta) AS delta
    FROM analytics.stake_changed WHERE role = 0 GROUP BY account, effective_epoch
),
staked AS (
    SELECT epoch, count(*) AS stakers
    FROM (
        SELECT c.epoch, s.account
        FROM clock AS c JOIN changes AS s ON s.effective_epoch <= c.epoch
        GROUP BY c.epoch, s.account HAVING total_of(s.delta) > 0
    ) AS holders
    GROUP BY epoch
)
SELECT c.epoch, as_time(c.starts) AS starts, coalesce(p.posted, 0) AS posted, coalesce(p.accepted, 0) AS accepted,
       coalesce(p.proven, 0) AS proven, coalesce(p.cancelled, 0) AS cancelled, coalesce(p.missed, 0) AS missed,
       coalesce(s.stakers, 0) AS staked_miners, coalesce(w.miners, 0) AS proving_miners,
       coalesce(w.busy_seconds, 0) AS busy_seconds, ratio(p.proven, p.posted) AS proven_ratio,
       ratio(coalesce(w.miners, 0), s.stakers) AS proving_ratio,
       ratio(coalesce(w.busy_seconds, 0), (c.ends - c.starts)::HUGEINT * w.miners) AS busy_ratio
FROM clock AS c
LEFT JOIN posted AS p ON p.epoch = c.epoch
LEFT JOIN worked AS w ON w.epoch = c.epoch
LEFT JOIN staked AS s ON s.epoch = c.epoch
ORDER BY c.epoch
