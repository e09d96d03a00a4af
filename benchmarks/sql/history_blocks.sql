-- Grain: one row a block of $epoch: a hundred, evenly apart.
INSERT INTO lake.blocks
SELECT
    $epoch::BIGINT * 100 + place,
    word_of($epoch::BIGINT * 100 + place),
    word_of($epoch::BIGINT * 100 + place - 1),
    $genesis::BIGINT + 86400 * $epoch::BIGINT + 864 * place,
    ($proofs + $accounts)::BIGINT // 100
FROM range(100) AS places(place)
