-- What: who claimed how much.
-- Grain: one row an (account, token): what it claimed, in base units and in tokens, and how often.
-- Plot: bar x=account y=claimed_tokens by=token
SELECT account, token, total_of(amount) AS claimed,
       in_tokens(total_of(amount), decimals_of(addr(token))) AS claimed_tokens, count(*) AS claims
FROM analytics.claimed
GROUP BY account, token
ORDER BY account, token
