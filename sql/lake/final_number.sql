-- Grain: one row, the number of the greatest stored block that is final; no row if none is. The catalog answers both
-- maxima from what it keeps of each file.
SELECT least(f.number, c.number) AS number
FROM (SELECT max(number) AS number FROM lake.finality) AS f
CROSS JOIN (SELECT max(to_block) AS number FROM lake.coverage) AS c
WHERE f.number IS NOT NULL AND c.number IS NOT NULL;
