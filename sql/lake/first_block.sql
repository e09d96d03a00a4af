-- Grain: one row, the first stored block; the catalog answers it from what it keeps of each file.
SELECT min(number) AS number FROM lake.blocks;
