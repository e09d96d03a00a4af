-- Portable: DuckDB and Spark read it alike.
-- Grain: one row an (app, scheme) with a counted proof: how many proofs of that scheme and their gates, beside the scheme
-- and gates that the app is approved with. Weights are multiplied outside of SQL, where no sum overflows.
SELECT m.app, m.scheme, CAST(sum(m.proofs) AS BIGINT) AS proofs, sum(m.gates) AS gates,
       max(c.scheme) AS approved_scheme, max(c.gates) AS approved_gates
FROM miners AS m
JOIN approvals AS c ON c.app = m.app
GROUP BY m.app, m.scheme
ORDER BY m.app, m.scheme
