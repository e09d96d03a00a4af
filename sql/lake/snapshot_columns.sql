-- Grain: one row a column of $table in snapshot $snapshot, in its order, with its type as the catalog words it.
SELECT c.column_name, c.column_type
FROM __ducklake_metadata_lake.lake.ducklake_table AS t
INNER JOIN __ducklake_metadata_lake.lake.ducklake_column AS c ON c.table_id = t.table_id
WHERE
    t.table_name = $table
    AND t.begin_snapshot <= $snapshot AND (t.end_snapshot IS NULL OR t.end_snapshot > $snapshot)
    AND c.begin_snapshot <= $snapshot AND (c.end_snapshot IS NULL OR c.end_snapshot > $snapshot)
    AND c.parent_column IS NULL
ORDER BY c.column_order;
