-- What: of those who came in an epoch, how many are there again so many epochs later.
-- Grain: one row a (cohort, epochs later): the cohort is the epoch of an account's first proof, or first proven task.
-- Parameter: role miners|users = miners: who comes back
-- Plot: line x=later y=active_ratio by=cohort
WITH active AS (
    SELECT DISTINCT CASE WHEN $role = 'users' THEN "user" ELSE miner END AS account, epoch FROM analytics.proof_verified
),
firsts AS (SELECT account, min(epoch) AS cohort FROM active GROUP BY account),
sizes AS (SELECT cohort, count(*) AS accounts FROM firsts GROUP BY cohort),
seen AS (
    SELECT f.cohort, a.epoch, count(*) AS active
    FROM active AS a JOIN firsts AS f ON f.account = a.account
    GROUP BY f.cohort, a.epoch
),
last AS (SELECT max(epoch) AS epoch FROM active)
SELECT s.cohort, e.epoch - s.cohort AS later, s.accounts, coalesce(n.active, 0) AS active,
       ratio(coalesce(n.active, 0), s.accounts) AS active_ratio
FROM sizes AS s
CROSS JOIN last AS l
JOIN (SELECT unnest(generate_series(0, (SELECT max(epoch)::BIGINT FROM active)))::UBIGINT AS epoch) AS e
    ON e.epoch BETWEEN s.cohort AND l.epoch
LEFT JOIN seen AS n ON n.cohort = s.cohort AND n.epoch = e.epoch
ORDER BY s.cohort, later
