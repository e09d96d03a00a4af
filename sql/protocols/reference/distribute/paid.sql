-- Grain: one row an (account, token) that $distributor has paid in final blocks: the cumulative amount up to the last.
SELECT account, token, max(cumulative) AS cumulative
FROM lake.claimed
WHERE address = $distributor AND block_number <= $finalized
GROUP BY account, token
ORDER BY account, token
