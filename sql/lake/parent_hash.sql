-- Grain: at most one row, the hash that the stored block $number names as its parent.
SELECT parent_hash FROM lake.blocks WHERE number = $number;
