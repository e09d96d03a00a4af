-- Grain: one row each: the block that ends the last of $epochs, that it is final, and that all blocks are covered.
INSERT INTO lake.blocks
SELECT n, word_of(n), word_of(n - 1), $genesis::BIGINT + 864 * n, 0 FROM (SELECT 100 * $epochs::BIGINT AS n);
INSERT INTO lake.finality BY NAME SELECT n AS number, word_of(n) AS hash FROM (SELECT 100 * $epochs::BIGINT AS n);
INSERT INTO lake.coverage BY NAME
SELECT
    0 AS from_block, n AS to_block, word_of(-1) AS parent_hash, word_of(0) AS from_hash, word_of(n) AS to_hash,
    'receipts' AS level, 0 AS our_logs, 0 AS quarantined, 'benchmark' AS source
FROM (SELECT 100 * $epochs::BIGINT AS n)
