-- What: how evenly the emission of an epoch is spread over accounts: the Gini coefficient (0: all alike, near 1: one has all)
--   and the shares of the greatest one, ten, and tenth of all. Ratios are statistics; no amount is made of them.
-- Grain: one row a settled epoch in which the emission paid anybody.
-- Parameter: from_epoch epoch = 0: the first epoch that counts
-- Parameter: to_epoch epoch = newest: the last one
-- Plot: line x=epoch y=gini_ratio
WITH paid AS (
    SELECT epoch, account, total_of(amount) AS amount
    FROM analytics.settled_amounts
    WHERE role <= 1 AND token = network_token() AND epoch BETWEEN $from_epoch AND $to_epoch
    GROUP BY epoch, account
),
totals AS (SELECT epoch, count(*) AS accounts, total_of(amount) AS amount FROM paid GROUP BY epoch),
placed AS (
    SELECT p.epoch, p.amount, t.accounts, row_number() OVER (PARTITION BY p.epoch ORDER BY p.amount) AS place,
           ratio(p.amount, t.amount) AS share
    FROM paid AS p
    JOIN totals AS t ON t.epoch = p.epoch
),
tops AS (
    SELECT epoch, total_of(CASE WHEN place = accounts THEN amount ELSE 0 END) AS first,
           total_of(CASE WHEN place > accounts - 10 THEN amount ELSE 0 END) AS ten,
           total_of(CASE WHEN (accounts - place) * 10 < accounts THEN amount ELSE 0 END) AS tenth,
           sum((2 * place - accounts - 1) * share) AS spread
    FROM placed GROUP BY epoch
)
SELECT t.epoch, t.accounts, t.amount AS emission, in_network_tokens(t.amount) AS emission_tokens,
       ratio(s.spread, t.accounts) AS gini_ratio, ratio(s.first, t.amount) AS top_account_ratio,
       ratio(s.ten, t.amount) AS top_ten_ratio, ratio(s.tenth, t.amount) AS top_tenth_ratio
FROM totals AS t
JOIN tops AS s ON s.epoch = t.epoch
ORDER BY t.epoch
