-- Grain: one row a file of rows in the newest snapshot: how many rows the catalog names, and the least and greatest block.
SELECT f.path, f.record_count, s.min_value, s.max_value
FROM lake.ducklake_data_file AS f
LEFT JOIN lake.ducklake_column AS c ON c.table_id = f.table_id AND c.column_order = 1 AND c.end_snapshot IS NULL
LEFT JOIN lake.ducklake_file_column_stats AS s ON s.data_file_id = f.data_file_id AND s.column_id = c.column_id
WHERE f.end_snapshot IS NULL;
