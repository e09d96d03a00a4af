-- Grain: one row a scheme.
INSERT INTO lake.scheme_weight_set BY NAME
SELECT
    0 AS block_number, scheme AS log_index, 0 AS tx_index, word_of(0) AS tx_hash, address_of(0) AS address,
    0 AS from_epoch, scheme, [1000, 200, 4000][scheme + 1] AS alpha_milli
FROM range(3) AS schemes(scheme)
