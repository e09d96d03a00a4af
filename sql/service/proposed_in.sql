-- Grain: one row, the block in which $root was proposed for $epoch last; NULL where it is not indexed.
SELECT max(block_number) AS block_number FROM lake.root_proposed WHERE epoch = $epoch AND root = $root;
