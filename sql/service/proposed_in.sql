-- Grain: one row, the block in which the root of $epoch was proposed last; NULL where it is not indexed.
SELECT max(block_number) AS block_number FROM lake.root_proposed WHERE epoch = $epoch;
