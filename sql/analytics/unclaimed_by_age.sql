-- What: what is owed and not claimed by the indexed blocks, by the epoch that it was earned in: a claim pays the oldest first.
-- Grain: one row a (token, epoch) of which something is left.
-- Plot: bar x=age_epochs y=unclaimed_tokens by=token
WITH grown AS (
    SELECT epoch, account, token, cumulative,
           coalesce(lag(cumulative) OVER (PARTITION BY account, token ORDER BY epoch), 0) AS before
    FROM analytics.settled_leaves
),
paid AS (SELECT account, token, max(cumulative) AS claimed FROM analytics.claimed GROUP BY account, token),
remaining AS (
    SELECT g.epoch, g.account, g.token, g.cumulative - greatest(g.before, coalesce(p.claimed, 0)) AS amount
    FROM grown AS g
    LEFT JOIN paid AS p ON p.account = g.account AND p.token = g.token
    WHERE g.cumulative > greatest(g.before, coalesce(p.claimed, 0))
)
SELECT token, epoch, (SELECT max(epoch) FROM analytics.settled_reports) - epoch AS age_epochs, count(*) AS accounts,
       total_of(amount) AS unclaimed, in_tokens(total_of(amount), decimals_of(addr(token))) AS unclaimed_tokens
FROM remaining
GROUP BY token, epoch
ORDER BY token, epoch
