-- Grain: one row, the last covered block; no row for an empty lake.
SELECT to_block AS number, to_hash AS hash
FROM lake.coverage
ORDER BY to_block DESC
LIMIT 1;
