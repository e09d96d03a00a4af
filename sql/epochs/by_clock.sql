-- Portable: DuckDB and Spark read it alike.
-- Grain: one row. The blocks around the epoch [$start_time, $end_time), in seconds; NULL where there is none. Only blocks
-- of [$low_time, $high_time) are looked at, so that the files of other epochs stay closed; times never fall.
SELECT
    max(number) FILTER (WHERE timestamp < $start_time)                AS before_number,
    max_by(hash, number) FILTER (WHERE timestamp < $start_time)      AS before_hash,
    min(number) FILTER (WHERE timestamp >= $start_time)               AS opening_number,
    min_by(hash, number) FILTER (WHERE timestamp >= $start_time)     AS opening_hash,
    max(number) FILTER (WHERE timestamp < $end_time)                  AS closing_number,
    max_by(hash, number) FILTER (WHERE timestamp < $end_time)        AS closing_hash,
    min(number) FILTER (WHERE timestamp >= $end_time)                 AS after_number,
    min_by(hash, number) FILTER (WHERE timestamp >= $end_time)       AS after_hash
FROM lake.blocks
WHERE number <= $finalized AND timestamp >= $low_time AND timestamp < $high_time
