-- Grain: one row an epoch: its number and the place of its NewEpoch. A place is one number: block times 2^32 plus log.
SELECT height::UBIGINT AS epoch, block_number::HUGEINT * 4294967296 + log_index AS spot
FROM lake.new_epoch
WHERE block_number <= $finalized
