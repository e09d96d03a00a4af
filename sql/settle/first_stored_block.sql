-- Grain: one row, the first stored block from $from_block on: where an epoch's proof of completeness begins.
SELECT min(number) AS number FROM lake.blocks WHERE number >= $from_block
