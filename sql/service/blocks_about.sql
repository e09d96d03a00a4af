-- Grain: one row a block up to $high with a log that rows of $epoch about account or app $address are made of: proofs
-- since block $low, changes of stake, bonuses and corrections of the epoch.
SELECT DISTINCT block_number FROM (
    SELECT block_number FROM lake.proof_verified
    WHERE (app = $address OR miner = $address OR "user" = $address) AND block_number BETWEEN $low AND $high
    UNION ALL
    SELECT block_number FROM lake.stake_changed
    WHERE (app = $address OR account = $address) AND block_number <= $high
    UNION ALL
    SELECT block_number FROM lake.bonus_deposited
    WHERE epoch = $epoch AND (app = $address OR from_account = $address) AND block_number <= $high
    UNION ALL
    SELECT block_number FROM lake.correction_added
    WHERE epoch = $epoch AND account = $address AND block_number <= $high
) AS named
ORDER BY block_number;
