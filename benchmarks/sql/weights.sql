-- Grain: one row: weights of the highest degree, 10,000.
INSERT INTO lake.weights_set BY NAME
SELECT
    0 AS block_number, 10 AS log_index, 0 AS tx_index, word_of(0) AS tx_hash, address_of(0) AS address,
    0 AS from_epoch, 6180 AS a, 3820 AS b, 3333 AS c, 6667 AS d, 1000000 AS usage_unit
