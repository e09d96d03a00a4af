-- Grain: one row an account: its stake rises by a little in $epoch, from the next one on. The lower half are miners.
INSERT INTO lake.stake_changed BY NAME
SELECT
    $epoch::BIGINT * 100 + n % 100 AS block_number, n AS log_index, 0 AS tx_index, addresses.address || unhex(repeat('00', 12))
    AS tx_hash, address_of(0) AS address, apps.address AS app, addresses.address AS account,
    (n >= $accounts::BIGINT // 2)::UTINYINT AS role, (1000000000000000000 + n)::DECIMAL(38, 0) AS delta,
    $epoch + CASE WHEN $epoch = 0 THEN 0 ELSE 1 END AS effective_epoch
FROM range($accounts::BIGINT) AS accounts(n)
JOIN addresses ON addresses.number = 1000 + n
JOIN addresses AS apps ON apps.number = n % 1000
