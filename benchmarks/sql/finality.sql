-- Grain: one row, the last block is final.
INSERT INTO lake.finality BY NAME SELECT 10000 AS number, word_of(10000) AS hash
