-- What: what users paid for proofs: to miners, burned, and back to users as a rebate.
-- Grain: one row an epoch with a proof whose fee was paid, by the epoch of the proof.
-- Plot: bar x=epoch y=fees_tokens
SELECT proven_in AS epoch, count(*) AS proofs, total_of(fee) AS fees, in_network_tokens(total_of(fee)) AS fees_tokens,
       total_of(to_miner) AS to_miners, in_network_tokens(total_of(to_miner)) AS to_miners_tokens,
       total_of(burned) AS burned, in_network_tokens(total_of(burned)) AS burned_tokens,
       total_of(rebated) AS rebated, in_network_tokens(total_of(rebated)) AS rebated_tokens,
       min(fee) AS least_fee, max(fee) AS greatest_fee
FROM analytics.tasks
WHERE to_miner IS NOT NULL AND proven_in IS NOT NULL
GROUP BY proven_in
ORDER BY proven_in
