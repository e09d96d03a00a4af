-- Grain: one row a file of rows in the newest snapshot and a column of its table: the least and the greatest value that
-- the catalog names of the whole table, and of the file, as text.
SELECT
    t.table_name, c.column_name, c.column_type, g.table_id, g.column_id, g.min_value, g.max_value,
    s.min_value AS least, s.max_value AS greatest
FROM lake.ducklake_table_column_stats AS g
JOIN lake.ducklake_table AS t ON t.table_id = g.table_id AND t.end_snapshot IS NULL
JOIN lake.ducklake_column AS c ON c.table_id = g.table_id AND c.column_id = g.column_id AND c.end_snapshot IS NULL
JOIN lake.ducklake_data_file AS f ON f.table_id = g.table_id AND f.end_snapshot IS NULL
JOIN lake.ducklake_file_column_stats AS s ON s.data_file_id = f.data_file_id AND s.column_id = g.column_id
WHERE g.min_value IS NOT NULL AND g.max_value IS NOT NULL AND s.min_value IS NOT NULL AND s.max_value IS NOT NULL;
