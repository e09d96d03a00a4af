-- Grain: at most one row, the stored block $number.
SELECT number, hash FROM lake.blocks WHERE number = $number;
