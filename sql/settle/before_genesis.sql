-- Grain: one row, the last block before $genesis (NULL where the chain begins later).
SELECT max(number) AS number FROM lake.blocks WHERE timestamp < $genesis
