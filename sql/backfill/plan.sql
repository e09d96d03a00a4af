-- Grain: one row, the range that is added to the plan: behind all that are there, or %(lead)s blocks above %(first)s; none
-- where it would end after %(last)s or somebody else adds one at the same moment.
INSERT INTO pozk.ranges (from_block, to_block, proven_as)
SELECT n.begin, n.begin + %(size)s - 1, %(proven_as)s
FROM (
    SELECT CASE WHEN max(to_block) >= %(first)s THEN max(to_block) + 1 ELSE %(first)s + %(lead)s END AS begin FROM pozk.ranges
) AS n
WHERE n.begin + %(size)s - 1 <= %(last)s
ON CONFLICT DO NOTHING
RETURNING from_block;
