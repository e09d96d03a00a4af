-- What: challenges of pending roots.
-- Grain: one row a challenge of a pending root: the epoch, who paid the bond, the hash of the evidence it named, where and when
--   it stands, from when on the root could be activated then (UTC), and what became of the bond (NULL while it is open).
WITH closed AS (
    SELECT epoch, by_account, returned, burned, block_number, log_index FROM analytics.challenge_closed
)
SELECT d.epoch, d.by_account AS challenger, d.evidence_hash, d.block_number, as_time(b.timestamp) AS challenged_at,
       (SELECT as_time(arg_min(p.active_at, (p.block_number, p.log_index))) FROM analytics.activation_postponed AS p
        WHERE p.epoch = d.epoch AND (p.block_number, p.log_index) > (d.block_number, d.log_index)) AS active_at,
       (SELECT CASE WHEN arg_min(c.returned, (c.block_number, c.log_index)) > 0 THEN 'returned' ELSE 'burned' END
        FROM closed AS c WHERE c.epoch = d.epoch AND c.by_account = d.by_account
          AND (c.block_number, c.log_index) > (d.block_number, d.log_index) HAVING count(*) > 0) AS bond
FROM analytics.disputed AS d
JOIN lake.blocks AS b ON b.number = d.block_number
ORDER BY d.block_number, d.log_index
