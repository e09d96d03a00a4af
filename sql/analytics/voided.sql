-- What: epochs that governance voided.
-- Grain: one row an EpochVoided: the epoch it names, where and when it stands, whether it came before the epoch's end (it
--   counts; a later one counts only where the epoch could not settle), and whether the epoch was settled as voided (NULL
--   where it is not settled). An epoch that was settled before keeps its amounts.
WITH clock AS (
    SELECT max(value) FILTER (key = 'genesis')::HUGEINT AS genesis,
           max(value) FILTER (key = 'length_seconds')::HUGEINT AS length_seconds
    FROM lake.identity
)
SELECT v.epoch, v.block_number, v.log_index, b.timestamp,
       b.timestamp < c.genesis + (v.epoch::HUGEINT + 1) * c.length_seconds AS in_time, r.voided AS settled_as_voided
FROM analytics.epoch_voided AS v
JOIN lake.blocks AS b ON b.number = v.block_number
CROSS JOIN clock AS c
LEFT JOIN analytics.settled_reports AS r ON r.epoch = v.epoch
ORDER BY v.epoch, v.block_number, v.log_index
