-- Grain: one row, the least block of the file of rows %(name)s, which no snapshot from the newest on has any more; NULL
-- where its first column is no number.
WITH ended AS (
    UPDATE lake.ducklake_data_file
    SET end_snapshot = (SELECT max(snapshot_id) FROM lake.ducklake_snapshot)
    WHERE path LIKE %(name)s AND end_snapshot IS NULL
    RETURNING data_file_id, table_id
)
SELECT min(CASE WHEN s.min_value ~ '^[0-9]+$' THEN s.min_value::numeric END)
FROM ended AS e
JOIN lake.ducklake_file_column_stats AS s ON s.data_file_id = e.data_file_id
JOIN lake.ducklake_column AS c ON c.table_id = e.table_id AND c.column_id = s.column_id
WHERE c.column_order = 1;
