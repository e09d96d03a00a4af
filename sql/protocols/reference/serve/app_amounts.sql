-- Grain: one row an epoch in which the emission paid somebody in $app: how much, in wei.
SELECT epoch, sum(amount)::VARCHAR AS amount
FROM settled_amounts
WHERE app = $app AND token = $token AND role <= 1
GROUP BY epoch
ORDER BY epoch DESC
LIMIT $rows
