-- Grain: one row: what a pool is made of that opens after block $reference_block; NULL for what was never set.
SELECT
    (SELECT max_by(amount, (block_number, log_index)) FROM lake.new_mine_reward WHERE block_number <= $reference_block) AS pool,
    (SELECT max_by([n, d], (block_number, log_index)) FROM lake.alpha WHERE block_number <= $reference_block) AS alpha,
    (SELECT max_by([n, d], (block_number, log_index)) FROM lake.beta WHERE block_number <= $reference_block) AS beta,
    (SELECT max_by([n, d], (block_number, log_index)) FROM lake.gamma WHERE block_number <= $reference_block) AS gamma,
    (
        SELECT max_by([miner_max_per, miner_min_per, player_max_num], (block_number, log_index))
        FROM lake.miner_player_per
        WHERE block_number <= $reference_block
    ) AS percent
