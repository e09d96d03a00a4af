-- What: who is owed what.
-- Grain: one row an (account, token) of the newest settled epoch: what it is owed since the first epoch, what it has claimed
--   by the indexed blocks, and what is left, the greatest first. The way to find an account.
-- Plot: bar x=account y=left_tokens
WITH owed AS (
    SELECT account, token, cumulative
    FROM analytics.settled_leaves
    WHERE epoch = (SELECT max(epoch) FROM settled_leaves)
),
paid AS (
    SELECT account, token, max(cumulative) AS claimed FROM analytics.claimed GROUP BY account, token
)
SELECT o.account, o.token, in_tokens(o.cumulative, decimals_of(addr(o.token))) AS owed_tokens,
       in_tokens(coalesce(p.claimed, 0), decimals_of(addr(o.token))) AS claimed_tokens,
       in_tokens(greatest(o.cumulative - coalesce(p.claimed, 0), 0), decimals_of(addr(o.token))) AS left_tokens
FROM owed AS o
LEFT JOIN paid AS p ON p.account = o.account AND p.token = o.token
ORDER BY o.cumulative DESC, o.account, o.token
