-- Grain: one row a current file, its path below the lake's folder: the newest $most, the newest first.
SELECT s.path || t.path || f.path AS path
FROM __ducklake_metadata_lake.lake.ducklake_data_file AS f
INNER JOIN __ducklake_metadata_lake.lake.ducklake_table AS t ON f.table_id = t.table_id
INNER JOIN __ducklake_metadata_lake.lake.ducklake_schema AS s ON t.schema_id = s.schema_id
WHERE
    f.end_snapshot IS NULL AND t.end_snapshot IS NULL AND s.end_snapshot IS NULL
    AND f.path_is_relative AND t.path_is_relative AND s.path_is_relative
ORDER BY f.data_file_id DESC
LIMIT $most;
