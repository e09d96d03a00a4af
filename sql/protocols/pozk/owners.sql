-- Grain: one row an app that was handed over: its last owner. Who registered it is in no event.
SELECT prover AS app, max_by(owner, (block_number, log_index)) AS owner
FROM lake.transfer_prover
WHERE block_number <= $finalized
GROUP BY prover
