-- Portable: DuckDB and Spark read it alike.
-- Grain: one row, the first block number after the blocks before $genesis; 0 where the chain begins later.
SELECT coalesce(max(number) + 1, 0) AS number FROM lake.blocks WHERE timestamp < $genesis
