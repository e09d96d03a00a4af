-- Grain: one row a block between $low and $high that holds a proof or a change of stake of account or app $address.
SELECT DISTINCT block_number FROM (
    SELECT block_number FROM lake.proof_verified
    WHERE (app = $address OR miner = $address OR "user" = $address) AND block_number BETWEEN $low AND $high
    UNION ALL
    SELECT block_number FROM lake.stake_changed
    WHERE (app = $address OR account = $address) AND block_number <= $high
) AS named
ORDER BY block_number;
