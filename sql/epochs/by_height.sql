-- Portable: DuckDB and Spark read it alike.
-- Grain: one row. The blocks around the epoch of the blocks $low_number to $high_number; NULL where there is none.
SELECT
    max(number) FILTER (WHERE number < $low_number)               AS before_number,
    max_by(hash, number) FILTER (WHERE number < $low_number)      AS before_hash,
    min(number) FILTER (WHERE number >= $low_number)              AS opening_number,
    min_by(hash, number) FILTER (WHERE number >= $low_number)     AS opening_hash,
    max(number) FILTER (WHERE number <= $high_number)             AS closing_number,
    max_by(hash, number) FILTER (WHERE number <= $high_number)    AS closing_hash,
    min(number) FILTER (WHERE number > $high_number)              AS after_number,
    min_by(hash, number) FILTER (WHERE number > $high_number)     AS after_hash
FROM lake.blocks
WHERE number <= $finalized AND number + 1 >= $low_number AND number <= $high_number + 1
