-- Grain: one row: every block is covered, as if its receipts had proven it.
INSERT INTO lake.coverage BY NAME
SELECT
    0 AS from_block, 10000 AS to_block, word_of(-1) AS parent_hash, word_of(0) AS from_hash, word_of(10000) AS to_hash,
    'receipts' AS level, $proofs AS our_logs, 0 AS quarantined, 'benchmark' AS source
