-- Grain: one row a token in which $distributor has paid $account in final blocks: the cumulative amount up to the last.
SELECT token, max(cumulative) AS cumulative
FROM lake.claimed
WHERE address = $distributor AND account = $account AND block_number <= $finalized
GROUP BY token
ORDER BY token
