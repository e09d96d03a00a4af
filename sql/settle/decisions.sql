-- Grain: one row a log of the epoch in quarantine, with the first decision that names it (NULL while there is none).
SELECT s.block_number, s.block_hash, s.log_index, s.event, s.reason, d.decision
FROM suspects AS s
LEFT JOIN (
    SELECT block_hash, log_index, arg_min(decision, (block_number, decided_at)) AS decision
    FROM (SELECT q.block_hash, q.decided_log AS log_index, q.decision, q.block_number, q.decided_at
          FROM (SELECT block_hash, log_index_arg AS decided_log, decision, block_number, log_index AS decided_at
                FROM lake.quarantine_decided WHERE block_number <= $finalized) AS q)
    GROUP BY block_hash, log_index
) AS d ON d.block_hash = s.block_hash AND d.log_index = s.log_index
ORDER BY s.block_number, s.log_index
