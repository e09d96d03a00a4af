-- What: miners and users that are closely tied: by exclusivity (most of the miner's proofs are this user's tasks, and most of
--   this user's tasks are proven by the miner), by timing (half of the tasks were accepted within $quick_seconds), by fees (most of
--   what the user pays for proofs is the miner's), or because both are one account. None of it is proof of anything.
-- Grain: one row a (miner, user) with at least $least_tasks proven tasks, the most ties first.
-- Parameter: least_tasks count = 3: fewer are chance
-- Parameter: quick_seconds count = 60: between posting and acceptance
-- Plot: bar x=miner y=tasks by=ties
WITH proven AS (
    SELECT miner, "user", app, fee, to_miner, accepted_at - posted_at AS wait FROM analytics.tasks WHERE state = 'proven'
),
miners AS (SELECT miner, count(*) AS tasks FROM proven GROUP BY miner),
users AS (SELECT "user", count(*) AS tasks, total_of(fee) AS fees FROM proven GROUP BY "user"),
pairs AS (
    SELECT miner, "user", count(*) AS tasks, count(DISTINCT app) AS apps, total_of(fee) AS fees,
           total_of(to_miner) AS to_miner, quantile_disc(wait, 0.5) AS median_wait
    FROM proven GROUP BY miner, "user" HAVING count(*) >= $least_tasks
),
tied AS (
    SELECT p.*, m.tasks AS miner_tasks, u.tasks AS user_tasks, u.fees AS user_fees, p.miner = p."user" AS is_same_account,
           p.tasks * 2 > m.tasks AND p.tasks * 2 > u.tasks AS is_exclusive,
           coalesce(p.median_wait <= $quick_seconds, false) AS is_quick,
           p.fees > u.fees - p.fees AS is_main_payee
    FROM pairs AS p
    JOIN miners AS m ON m.miner = p.miner
    JOIN users AS u ON u."user" = p."user"
)
SELECT miner, "user", is_same_account::INTEGER + is_exclusive::INTEGER + is_quick::INTEGER + is_main_payee::INTEGER AS ties,
       is_same_account, is_exclusive, is_quick, is_main_payee, tasks, apps, fees, in_network_tokens(fees) AS fees_tokens,
       to_miner, in_network_tokens(to_miner) AS to_miner_tokens, median_wait AS median_wait_seconds,
       ratio(tasks, miner_tasks) AS of_miner_ratio, ratio(tasks, user_tasks) AS of_user_ratio,
       ratio(fees, user_fees) AS of_fees_ratio
FROM tied
ORDER BY ties DESC, tasks DESC, miner, "user"
