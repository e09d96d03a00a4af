-- Grain: one row a file of rows of $table in snapshot $snapshot, with the file that names which of them are deleted; `low` and
-- `high` are the least and greatest value of $column in it. Rows of a merged file may be of later snapshots where
-- `partial_max` is greater than $snapshot; so may deletions where `delete_partial_max` is.
SELECT
    f.data_file_id, f.path, f.path_is_relative, f.file_format, f.record_count, f.partial_max, f.encryption_key,
    t.path AS table_path, t.path_is_relative AS table_is_relative,
    s.path AS schema_path, s.path_is_relative AS schema_is_relative,
    d.path AS delete_path, d.path_is_relative AS delete_is_relative, d.format AS delete_format,
    d.partial_max AS delete_partial_max,
    c.min_value::HUGEINT AS low, c.max_value::HUGEINT AS high
FROM __ducklake_metadata_lake.lake.ducklake_table AS t
INNER JOIN __ducklake_metadata_lake.lake.ducklake_schema AS s ON s.schema_id = t.schema_id
INNER JOIN __ducklake_metadata_lake.lake.ducklake_data_file AS f ON f.table_id = t.table_id
LEFT JOIN __ducklake_metadata_lake.lake.ducklake_delete_file AS d
    ON d.data_file_id = f.data_file_id AND d.begin_snapshot <= $snapshot AND (d.end_snapshot IS NULL OR d.end_snapshot > $snapshot)
LEFT JOIN __ducklake_metadata_lake.lake.ducklake_column AS n
    ON n.table_id = t.table_id AND n.column_name = $column AND n.end_snapshot IS NULL
LEFT JOIN __ducklake_metadata_lake.lake.ducklake_file_column_stats AS c
    ON c.data_file_id = f.data_file_id AND c.column_id = n.column_id
WHERE
    t.table_name = $table
    AND t.begin_snapshot <= $snapshot AND (t.end_snapshot IS NULL OR t.end_snapshot > $snapshot)
    AND s.begin_snapshot <= $snapshot AND (s.end_snapshot IS NULL OR s.end_snapshot > $snapshot)
    AND f.begin_snapshot <= $snapshot AND (f.end_snapshot IS NULL OR f.end_snapshot > $snapshot)
ORDER BY f.data_file_id;
