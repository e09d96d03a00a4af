-- Grain: one row an epoch that has begun by block $finalized: its number, where it begins, and when.
SELECT height::UBIGINT AS epoch, block_number, log_index, start_time::UBIGINT AS start_time
FROM lake.new_epoch
WHERE block_number <= $finalized
ORDER BY epoch
