-- Grain: one row, whether any worker was ever here.
SELECT to_regclass('pozk.ranges') IS NOT NULL AS has_ranges;
