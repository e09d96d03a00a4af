-- Portable: DuckDB and Spark read it alike.
-- Grain: one row an EpochVoided that names $epoch, in final blocks, however late.
SELECT block_number, log_index
FROM lake.epoch_voided
WHERE epoch = $epoch AND block_number <= $finalized
ORDER BY block_number, log_index
