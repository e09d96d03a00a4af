-- Grain: one row a proof of $epoch, the same miners and users in every epoch.
INSERT INTO lake.proof_verified BY NAME
SELECT
    ($epoch::BIGINT * 100 + n * 100 // $proofs::BIGINT)::UBIGINT AS block_number, n::UINTEGER AS log_index, 0 AS tx_index,
    miners.address || unhex(repeat('00', 12)) AS tx_hash, address_of(0) AS address, tx_hash AS task_id,
    apps.address AS app, miners.address AS miner, users.address AS user,
    (n % 1000) % 3 AS scheme, 1000 + 37 * (n % 1000) AS gates, $epoch AS epoch
FROM range($proofs::BIGINT) AS proofs(n)
JOIN addresses AS apps ON apps.number = n % 1000
JOIN addresses AS miners ON miners.number = 1000 + n % ($accounts::BIGINT // 2)
JOIN addresses AS users ON users.number = 1000 + $accounts::BIGINT // 2 + n % ($accounts::BIGINT // 2)
