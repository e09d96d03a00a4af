-- Grain: one row per table with at least $files current files of less than $bytes; `first_column` orders it by block.
SELECT
    t.table_name,
    (
        SELECT arg_min(c.column_name, c.column_order)
        FROM __ducklake_metadata_lake.lake.ducklake_column AS c
        WHERE c.table_id = t.table_id AND c.end_snapshot IS NULL
    ) AS first_column
FROM __ducklake_metadata_lake.lake.ducklake_table AS t
INNER JOIN __ducklake_metadata_lake.lake.ducklake_data_file AS f ON t.table_id = f.table_id
WHERE t.end_snapshot IS NULL AND f.end_snapshot IS NULL AND f.file_size_bytes < $bytes
GROUP BY t.table_id, t.table_name
HAVING count(*) >= $files
ORDER BY t.table_name;
