-- Portable: DuckDB and Spark read it alike.
-- Grain: one row a (app, account, scheme) of the epoch's counted proofs, by who proved: how many, and their gates.
-- Gates and scheme are the proof's own. HAVING, so that the approval is looked up once a group and not once a proof.
SELECT app, miner AS account, scheme, count(*) AS proofs, sum(gates) AS gates
FROM lake.proof_verified
WHERE block_number BETWEEN $first_block AND $reference_block AND epoch = $epoch
GROUP BY app, miner, scheme
HAVING app IN (SELECT app FROM approvals)
