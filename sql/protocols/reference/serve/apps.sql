-- Grain: one row an app that was registered or approved up to $finalized, by address, after $app: its last registration
-- and approval, its proofs and their work by the weights in force for $epoch, and its stakes effective in $epoch.
WITH registered AS (
    SELECT app, max_by(name, (block_number, log_index)) AS name
    FROM lake.app_registered WHERE block_number <= $finalized GROUP BY app
),
approvals AS (
    SELECT app, from_epoch, block_number, log_index, scheme, gates, true AS is_approved FROM lake.app_approved
    UNION ALL
    SELECT app, from_epoch, block_number, log_index, NULL, NULL, false FROM lake.app_stopped
),
in_force AS (
    SELECT * FROM approvals WHERE from_epoch <= $epoch AND block_number <= $finalized
    QUALIFY row_number() OVER (PARTITION BY app ORDER BY from_epoch DESC, block_number DESC, log_index DESC) = 1
),
last_terms AS (
    SELECT app, scheme, gates FROM lake.app_approved WHERE block_number <= $finalized
    QUALIFY row_number() OVER (PARTITION BY app ORDER BY from_epoch DESC, block_number DESC, log_index DESC) = 1
),
alphas AS (
    SELECT scheme, alpha_milli FROM lake.scheme_weight_set WHERE from_epoch <= $epoch AND block_number <= $finalized
    QUALIFY row_number() OVER (PARTITION BY scheme ORDER BY from_epoch DESC, block_number DESC, log_index DESC) = 1
),
wanted AS (
    SELECT app FROM (SELECT app FROM registered UNION SELECT app FROM last_terms) AS known
    WHERE app > $app AND (octet_length($only) = 0 OR app = $only)
    ORDER BY app LIMIT $rows
),
proven AS (
    SELECT p.app, count(*) AS proofs, count(DISTINCT p.miner) AS miners, count(DISTINCT p.user) AS users,
           sum(p.gates::HUGEINT * coalesce(a.alpha_milli, 0))::DECIMAL(38, 0) AS work
    FROM lake.proof_verified AS p
    LEFT JOIN alphas AS a ON a.scheme = p.scheme
    WHERE p.block_number <= $finalized AND p.app IN (SELECT app FROM wanted)
    GROUP BY p.app
),
staked AS (
    SELECT app, (sum(delta) FILTER (WHERE role = 0))::VARCHAR AS miner_stake,
           (sum(delta) FILTER (WHERE role = 1))::VARCHAR AS user_stake
    FROM lake.stake_changed
    WHERE effective_epoch <= $epoch AND block_number <= $finalized AND app IN (SELECT app FROM wanted)
    GROUP BY app
)
SELECT w.app, r.name, t.scheme, t.gates, l.alpha_milli, coalesce(f.is_approved, false) AS approved,
       coalesce(p.proofs, 0) AS proofs, coalesce(p.miners, 0) AS miners, coalesce(p.users, 0) AS users,
       coalesce(p.work, 0)::VARCHAR AS work, coalesce(s.miner_stake, '0') AS miner_stake,
       coalesce(s.user_stake, '0') AS user_stake
FROM wanted AS w
LEFT JOIN registered AS r ON r.app = w.app
LEFT JOIN last_terms AS t ON t.app = w.app
LEFT JOIN alphas AS l ON l.scheme = t.scheme
LEFT JOIN in_force AS f ON f.app = w.app
LEFT JOIN proven AS p ON p.app = w.app
LEFT JOIN staked AS s ON s.app = w.app
ORDER BY w.app
