-- Grain: one row a rule that is set; exponents are one half for ever.
SELECT block_number, log_index, 'pool' AS what, pool AS a, 0 AS b, 0 AS c FROM lake.rules_set
UNION ALL
SELECT block_number, log_index, 'percent', miner_percent, miner_percent, 1 FROM lake.rules_set
UNION ALL
SELECT 0, number, name, 1, 2, 0 FROM (VALUES (0, 'alpha'), (1, 'beta'), (2, 'gamma')) AS t(number, name)
ORDER BY ALL
