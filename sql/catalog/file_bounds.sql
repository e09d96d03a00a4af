-- Grain: one row a column of a file of rows in the newest snapshot: how many rows the catalog says that the file has, and
-- under which number the column lies in it, and what its least and greatest value are, as text.
SELECT f.path, f.record_count, c.column_name, c.column_id, s.min_value, s.max_value
FROM lake.ducklake_data_file AS f
JOIN lake.ducklake_column AS c ON c.table_id = f.table_id AND c.end_snapshot IS NULL
LEFT JOIN lake.ducklake_file_column_stats AS s ON s.data_file_id = f.data_file_id AND s.column_id = c.column_id
WHERE f.end_snapshot IS NULL;
