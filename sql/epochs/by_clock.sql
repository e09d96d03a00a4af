-- Grain: one row. The blocks around the epoch [$start_time, $end_time), in seconds; NULL where there is none. Only blocks
-- of [$low_time, $high_time) are looked at, so that the files of other epochs stay closed; times never fall.
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
WHERE number <= $finalized AND timestamp >= $low_time AND timestamp < $high_time
