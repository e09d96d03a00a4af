-- Grain: one row: a pool of 10^24 wei.
INSERT INTO lake.emission_set BY NAME
SELECT
    0 AS block_number, 11 AS log_index, 0 AS tx_index, word_of(0) AS tx_hash, address_of(0) AS address,
    0 AS from_epoch, 1000000000000000000000000::DECIMAL(38, 0) AS amount
