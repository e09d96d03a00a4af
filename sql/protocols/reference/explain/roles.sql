-- Grain: one row an (app, role) in which $account has a stake, a proof or task, or a quarantined one in the epoch.
-- Reads what the settlement of the epoch left: approvals, stakes, suspects.
WITH epoch_proofs AS (
    SELECT p.app, r.role, (s.log_index IS NOT NULL) AS is_suspect
    FROM lake.proof_verified AS p
    CROSS JOIN (VALUES (0), (1)) AS r(role)
    LEFT JOIN suspects AS s ON s.block_number = p.block_number AND s.log_index = p.log_index
    WHERE p.block_number BETWEEN $first_block AND $reference_block
      AND ((r.role = 0 AND p.miner = $account) OR (r.role = 1 AND p."user" = $account))
),
proof_counts AS (
    SELECT app, role, count(*) FILTER (NOT is_suspect) AS proofs, count(*) FILTER (is_suspect) AS quarantined
    FROM epoch_proofs
    GROUP BY app, role
),
own_stakes AS (SELECT app, role::INTEGER AS role, stake FROM stakes WHERE account = $account),
pending AS (
    SELECT app, role::INTEGER AS role, sum(delta::HUGEINT) AS pending, min(effective_epoch) AS pending_epoch
    FROM lake.stake_changed
    WHERE account = $account AND effective_epoch > $epoch AND block_number <= $reference_block
    GROUP BY app, role
),
keys AS (
    SELECT app, role FROM proof_counts UNION SELECT app, role FROM own_stakes UNION SELECT app, role FROM pending
)
SELECT k.app, k.role, k.app IN (SELECT app FROM approvals) AS approved,
       coalesce(c.proofs, 0) AS proofs, coalesce(c.quarantined, 0) AS quarantined,
       coalesce(s.stake, 0)::DECIMAL(38, 0) AS stake,
       coalesce(p.pending, 0)::DECIMAL(38, 0) AS pending, p.pending_epoch
FROM keys AS k
LEFT JOIN proof_counts AS c ON c.app = k.app AND c.role = k.role
LEFT JOIN own_stakes AS s ON s.app = k.app AND s.role = k.role
LEFT JOIN pending AS p ON p.app = k.app AND p.role = k.role
ORDER BY k.app, k.role
