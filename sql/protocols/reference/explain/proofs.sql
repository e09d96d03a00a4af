-- Grain: one row a counted proof of $account in the epoch, as a miner (role 0) and as a user (role 1).
SELECT p.app, r.role, p.block_number, p.log_index, p.task_id, p.gates, p.scheme
FROM lake.proof_verified AS p
CROSS JOIN (VALUES (0), (1)) AS r(role)
ANTI JOIN suspects AS s ON s.block_number = p.block_number AND s.log_index = p.log_index
WHERE p.block_number BETWEEN $first_block AND $reference_block
  AND ((r.role = 0 AND p.miner = $account) OR (r.role = 1 AND p."user" = $account))
ORDER BY p.block_number, p.log_index, r.role
