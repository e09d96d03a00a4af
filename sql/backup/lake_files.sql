-- Grain: one row a file that the lake's catalog names, below the lake's folder.
SELECT s.path || t.path || f.path AS path
FROM (
    SELECT table_id, path, path_is_relative FROM lake.ducklake_data_file
    UNION
    SELECT table_id, path, path_is_relative FROM lake.ducklake_delete_file
) AS f
INNER JOIN lake.ducklake_table AS t ON f.table_id = t.table_id
INNER JOIN lake.ducklake_schema AS s ON t.schema_id = s.schema_id
WHERE f.path_is_relative AND t.path_is_relative AND s.path_is_relative
GROUP BY s.path || t.path || f.path
ORDER BY path;
