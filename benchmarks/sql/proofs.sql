-- Grain: one row a proof $from_proof .. $to_proof - 1. Miner and user are drawn from those of the app.
INSERT INTO lake.proof_verified BY NAME
WITH drawn AS (
    SELECT
        n,
        word_of(n) AS word,
        (hash(n) % ($accounts // 2)::UBIGINT)::BIGINT AS miner,
        miner % 1000 AS app,
        (hash(n + 7777777777) % ($accounts // 2000)::UBIGINT)::BIGINT * 1000 AS user_offset
    FROM range($from_proof::BIGINT, $to_proof::BIGINT) AS proofs(n)
)
SELECT
    (n * 10000 // $proofs::BIGINT)::UBIGINT AS block_number, (n % 100000)::UINTEGER AS log_index, 0 AS tx_index,
    word AS tx_hash, address_of(0) AS address, word AS task_id,
    apps.address AS app, miners.address AS miner, users.address AS user,
    app % 3 AS scheme, 1000 + 37 * app AS gates, 0 AS epoch
FROM drawn
JOIN addresses AS apps ON apps.number = app
JOIN addresses AS miners ON miners.number = 1000 + miner
JOIN addresses AS users ON users.number = 1000 + $accounts::BIGINT // 2 + user_offset + app
