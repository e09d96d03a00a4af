-- Grain: one row, the least block number (the first column) in the files of $table that have less than $bytes.
SELECT coalesce(min(s.min_value::UBIGINT), 0) AS block
FROM __ducklake_metadata_lake.lake.ducklake_table AS t
INNER JOIN __ducklake_metadata_lake.lake.ducklake_column AS c ON t.table_id = c.table_id
INNER JOIN __ducklake_metadata_lake.lake.ducklake_data_file AS f ON t.table_id = f.table_id
INNER JOIN __ducklake_metadata_lake.lake.ducklake_file_column_stats AS s
    ON f.data_file_id = s.data_file_id AND c.column_id = s.column_id
WHERE
    t.table_name = $table AND c.column_name = $column
    AND t.end_snapshot IS NULL AND c.end_snapshot IS NULL AND f.end_snapshot IS NULL
    AND f.file_size_bytes < $bytes;
