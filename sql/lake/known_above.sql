-- Grain: at most one row, the lowest block from $number on whose hash is known: stored, seen to be final, or a range's end.
SELECT number, hash
FROM (
    SELECT number, hash FROM lake.blocks WHERE number >= $number
    UNION ALL
    SELECT number, hash FROM lake.finality WHERE number >= $number
    UNION ALL
    SELECT to_block AS number, to_hash AS hash FROM lake.coverage WHERE to_block >= $number
) AS known
WHERE octet_length(hash) = 32
ORDER BY number
LIMIT 1;
