-- Grain: one row: where epoch 0 begins and how long epochs are (NULL where events begin them), and the newest final block's time.
SELECT (SELECT max(value)::BIGINT FROM lake.identity WHERE key = 'genesis') AS genesis,
       (SELECT max(value)::BIGINT FROM lake.identity WHERE key = 'length_seconds') AS length_seconds,
       (SELECT max(timestamp)::BIGINT FROM lake.blocks WHERE number <= $finalized) AS newest
