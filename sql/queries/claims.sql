-- Grain: one row an (account, token): what it claimed and how often.
SELECT account, token, sum(amount::HUGEINT)::DECIMAL(38, 0) AS claimed, count(*) AS claims
FROM lake.claimed
GROUP BY account, token
ORDER BY account, token
