-- Grain: one row, the range that is added to the plan: behind all that are there, or %(lead)s blocks above %(first)s; none
-- where it would end after %(last)s or somebody else adds one at the same moment. Cast, for a number comes as wide as it is.
INSERT INTO pozk.ranges (from_block, to_block, proven_as)
SELECT n.begin, n.begin + CAST(%(size)s AS bigint) - 1, %(proven_as)s
FROM (
    SELECT CASE WHEN max(to_block) >= a.first THEN max(to_block) + 1 ELSE a.first + CAST(%(lead)s AS bigint) END AS begin
    FROM (SELECT CAST(%(first)s AS bigint) AS first) AS a
    LEFT JOIN pozk.ranges ON true
    GROUP BY a.first
) AS n
WHERE n.begin + CAST(%(size)s AS bigint) - 1 <= %(last)s
ON CONFLICT DO NOTHING
RETURNING from_block;
