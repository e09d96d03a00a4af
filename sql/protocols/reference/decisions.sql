-- Portable: DuckDB and Spark read it alike.
-- Grain: one row a log of the epoch in quarantine, with the first decision that names it (NULL while there is none).
WITH first_decisions AS (
    SELECT decided_block_hash, decided_log_index, min_by(decision, (block_number, log_index)) AS decision
    FROM lake.quarantine_decided
    WHERE block_number <= $finalized
    GROUP BY decided_block_hash, decided_log_index
)
SELECT s.block_number, s.block_hash, s.log_index, s.event, s.reason, d.decision
FROM suspects AS s
LEFT JOIN first_decisions AS d ON d.decided_block_hash = s.block_hash AND d.decided_log_index = s.log_index
ORDER BY s.block_number, s.log_index
