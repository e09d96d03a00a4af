-- Grain: one row, when block $number was made.
SELECT timestamp FROM lake.blocks WHERE number = $number;
