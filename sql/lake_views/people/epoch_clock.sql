-- Grain: one row an epoch of the clock, from 0 to the one of the newest block or report, empty ones too.
-- Column: epoch: its number
-- Column: starts: seconds since 1970 UTC
-- Column: ends: the same; the epoch after it starts there
WITH clock AS (
    SELECT max(value) FILTER (key = 'genesis')::BIGINT AS genesis,
           max(value) FILTER (key = 'length_seconds')::BIGINT AS length_seconds
    FROM lake.identity
),
last AS (
    SELECT greatest((SELECT max(timestamp)::BIGINT FROM lake.blocks),
                    (SELECT max(r.epoch)::BIGINT * c.length_seconds + c.genesis FROM settled_reports AS r, clock AS c
                     GROUP BY c.genesis, c.length_seconds)) AS seconds
),
starts AS (
    SELECT unnest(generate_series(c.genesis, l.seconds, c.length_seconds)) AS starts, c.length_seconds
    FROM clock AS c, last AS l
)
SELECT (row_number() OVER (ORDER BY starts) - 1)::UBIGINT AS epoch, starts, starts + length_seconds AS ends
FROM starts
