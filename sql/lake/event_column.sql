-- Grain: no row. A column that a kind's table lacks, NULL in the rows that are there. What stands in braces is ours.
ALTER TABLE lake."{table}" ADD COLUMN IF NOT EXISTS "{column}" {type};
