-- What: how long after a root's activation its rewards are claimed. A claim is of the first epoch after which its account was
--   owed what it claimed up to; NULL where no settled epoch says that sum.
-- Grain: one row an (epoch, token) with a claim.
-- Plot: bar x=epoch y=median_seconds
WITH firsts AS (
    SELECT account, token, cumulative, min(epoch) AS epoch FROM analytics.settled_leaves GROUP BY account, token, cumulative
),
activated AS (
    SELECT a.epoch, max(b.timestamp)::BIGINT AS seconds
    FROM analytics.root_activated AS a
    JOIN lake.blocks AS b ON b.number = a.block_number
    GROUP BY a.epoch
),
claims AS (
    SELECT f.epoch, c.account, c.token, c.amount, b.timestamp::BIGINT - a.seconds AS seconds
    FROM analytics.claimed AS c
    JOIN lake.blocks AS b ON b.number = c.block_number
    LEFT JOIN firsts AS f ON f.account = c.account AND f.token = c.token AND f.cumulative = c.cumulative
    LEFT JOIN activated AS a ON a.epoch = f.epoch
)
SELECT epoch, token, count(*) AS claims, count(DISTINCT account) AS accounts, total_of(amount) AS amount,
       in_tokens(total_of(amount), decimals_of(addr(token))) AS amount_tokens, min(seconds) AS first_seconds,
       quantile_disc(seconds, 0.5) AS median_seconds, quantile_disc(seconds, 0.9) AS p90_seconds
FROM claims
GROUP BY epoch, token
ORDER BY epoch NULLS LAST, token
