-- Grain: one row a block: 10,000 of epoch 0, eight seconds apart, and the one that ends it.
INSERT INTO lake.blocks
SELECT
    number,
    word_of(number),
    word_of(number - 1),
    $genesis + CASE WHEN number < 10000 THEN 8 * number ELSE 86400 END,
    CASE WHEN number < 10000 THEN $proofs // 10000 ELSE 0 END
FROM range(10001) AS numbers(number)
