-- Portable: DuckDB and Spark read it alike.
-- Grain: one row a (app, account) of the epoch's counted proofs, by who posted the task: how many.
-- What counts is worded as in miners.sql; a promise compares the two.
SELECT p.app, p.user AS account, count(*) AS tasks
FROM lake.proof_verified AS p
WHERE p.block_number BETWEEN $first_block AND $reference_block AND p.epoch = $epoch
GROUP BY p.app, p.user
HAVING p.app IN (SELECT app FROM approvals)
