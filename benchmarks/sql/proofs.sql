-- Grain: one row a proof $from_proof .. $to_proof - 1. Miner and user are drawn from those of the app.
INSERT INTO lake.proof_verified BY NAME
WITH drawn AS (
    SELECT
        n,
        (hash(n) % ($accounts // 2))::BIGINT AS miner,
        ((hash(n) % ($accounts // 2)) % 1000)::BIGINT AS app,
        ((hash(n + 7777777777) % ($accounts // 2000)) * 1000)::BIGINT AS user_offset
    FROM range($from_proof, $to_proof) AS proofs(n)
)
SELECT
    (n * 10000 // $proofs)::UBIGINT AS block_number, (n % 100000)::UINTEGER AS log_index, 0 AS tx_index,
    word_of(n) AS tx_hash, address_of(0) AS address, word_of(n) AS task_id,
    address_of(app) AS app, address_of(1000 + miner) AS miner,
    address_of(1000 + $accounts // 2 + user_offset + app) AS user,
    app % 3 AS scheme, 1000 + 37 * app AS gates, 0 AS epoch
FROM drawn
