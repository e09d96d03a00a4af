-- Grain: one row per table with at least $files current files of less than $bytes; `first_column`, a block number, orders it.
SELECT t.table_name, first.column_name AS first_column
FROM __ducklake_metadata_lake.lake.ducklake_table AS t
INNER JOIN (
    SELECT table_id, arg_min(column_name, column_order) AS column_name, arg_min(column_type, column_order) AS column_type
    FROM __ducklake_metadata_lake.lake.ducklake_column
    WHERE end_snapshot IS NULL
    GROUP BY table_id
) AS first ON first.table_id = t.table_id
INNER JOIN __ducklake_metadata_lake.lake.ducklake_data_file AS f ON t.table_id = f.table_id
WHERE t.end_snapshot IS NULL AND f.end_snapshot IS NULL AND f.file_size_bytes < $bytes AND first.column_type = 'uint64'
GROUP BY t.table_name, first.column_name
HAVING count(*) >= $files
ORDER BY t.table_name;
