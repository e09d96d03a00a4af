-- What: stake that came and went, by the epoch from which it counts, and what is effective then.
-- Grain: one row an (epoch, app, role) with a change of stake.
-- Parameter: app address = any: one app alone
-- Plot: bar x=epoch y=net_tokens by=role
WITH changes AS (
    SELECT effective_epoch AS epoch, app, CASE WHEN role = 0 THEN 'miner' ELSE 'user' END AS role, count(*) AS changes,
           total_of(greatest(delta, 0)) AS added, total_of(greatest(-delta, 0)) AS removed, total_of(delta) AS net
    FROM analytics.stake_changed
    WHERE $app = '' OR app = $app
    GROUP BY effective_epoch, app, role
)
SELECT c.epoch, c.app, c.role, c.changes, c.added, in_network_tokens(c.added) AS added_tokens, c.removed,
       in_network_tokens(c.removed) AS removed_tokens, c.net, in_network_tokens(c.net) AS net_tokens,
       total_of(e.net) AS effective, in_network_tokens(total_of(e.net)) AS effective_tokens
FROM changes AS c
JOIN changes AS e ON e.app = c.app AND e.role = c.role AND e.epoch <= c.epoch
GROUP BY ALL
ORDER BY c.epoch, c.app, c.role
