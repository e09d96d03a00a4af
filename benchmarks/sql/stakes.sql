-- Grain: one row an account: each stakes once, in its app. The lower half of the accounts are miners.
INSERT INTO lake.stake_changed BY NAME
SELECT
    0 AS block_number, 20 AS log_index, 0 AS tx_index, word_of(0) AS tx_hash, address_of(0) AS address,
    address_of(n % 1000) AS app, address_of(1000 + n) AS account, (n >= $accounts::BIGINT // 2)::UTINYINT AS role,
    ((1 + hash(n) % 1000000)::DECIMAL(38, 0) * 1000000000000000)::DECIMAL(38, 0) AS delta, 0 AS effective_epoch
FROM range($accounts::BIGINT) AS accounts(n)
