-- Portable: DuckDB and Spark read it alike.
-- Grain: one row: how many changes the stakes are summed from, and the greatest of them by size. Their product bounds
-- every sum of them (0 - x, as Spark cuts -x off at 34 digits): where it is small, the plain sums of sql/protocols/reference/stakes cannot overflow.
SELECT count(*) AS changes, coalesce(greatest(max(delta), 0 - min(delta)), 0) AS greatest
FROM (
    SELECT delta FROM stake_base
    UNION ALL
    SELECT delta FROM lake.stake_changed WHERE block_number BETWEEN $stakes_from AND $reference_block
) AS changes
