-- Grain: one row a (app, account) of the epoch's counted proofs, by who posted the task: how many.
-- What counts is worded as in miners.sql; an audit compares the two.
SELECT app, "user" AS account, count(*) AS tasks
FROM lake.proof_verified
WHERE block_number BETWEEN $first_block AND $reference_block AND epoch = $epoch
GROUP BY app, "user"
HAVING app IN (SELECT app FROM approvals)
