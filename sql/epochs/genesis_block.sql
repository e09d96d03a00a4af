-- Grain: one row, the first block number after the blocks before $genesis; 0 where the chain begins later.
SELECT coalesce(max(number) + 1, 0)::UBIGINT AS number FROM lake.blocks WHERE timestamp < $genesis
