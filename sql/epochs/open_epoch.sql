-- Portable: DuckDB and Spark read it alike.
-- Grain: one row: the newest finalized block, with its time; what is projected ends there.
SELECT number, hash, timestamp FROM lake.blocks WHERE number = $finalized
