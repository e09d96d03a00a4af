-- Grain: one row an (account, role) with a proof, a task or a stake in $app: proofs or proven tasks, stake in $epoch.
WITH proven AS (
    SELECT p.account, p.role, count(*) AS proofs
    FROM (
        SELECT miner AS account, 0 AS role FROM lake.proof_verified WHERE app = $app AND block_number <= $finalized
        UNION ALL
        SELECT "user", 1 FROM lake.proof_verified WHERE app = $app AND block_number <= $finalized
    ) AS p
    GROUP BY p.account, p.role
),
staked AS (
    SELECT account, role::INTEGER AS role, sum(delta) AS stake
    FROM lake.stake_changed
    WHERE app = $app AND effective_epoch <= $epoch AND block_number <= $finalized
    GROUP BY account, role
)
SELECT coalesce(p.account, s.account) AS account, coalesce(p.role, s.role) AS role, coalesce(p.proofs, 0) AS proofs,
       coalesce(s.stake, 0)::VARCHAR AS stake
FROM proven AS p
FULL JOIN staked AS s ON s.account = p.account AND s.role = p.role
ORDER BY proofs DESC, account, role
LIMIT $rows
