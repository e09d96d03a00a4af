-- Grain: one row, how often node $node was shown to be wrong by check $kind about block $number.
SELECT count(*) AS n FROM lake.evidence WHERE node = $node AND kind = $kind AND block_number = $number;
