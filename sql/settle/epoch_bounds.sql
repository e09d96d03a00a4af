-- Grain: one row. The blocks around the epoch [$start_time, $end_time), in seconds; NULL where there is none.
SELECT
    max(number) FILTER (timestamp < $start_time)                AS before_number,
    arg_max(hash, number) FILTER (timestamp < $start_time)      AS before_hash,
    min(number) FILTER (timestamp >= $start_time)               AS opening_number,
    arg_min(hash, number) FILTER (timestamp >= $start_time)     AS opening_hash,
    max(number) FILTER (timestamp < $end_time)                  AS closing_number,
    arg_max(hash, number) FILTER (timestamp < $end_time)        AS closing_hash,
    min(number) FILTER (timestamp >= $end_time)                 AS after_number,
    arg_min(hash, number) FILTER (timestamp >= $end_time)       AS after_hash
FROM lake.blocks
WHERE number <= $finalized
