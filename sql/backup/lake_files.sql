-- Grain: one row a file that the lake's catalog names.
SELECT path FROM lake.ducklake_data_file
UNION
SELECT path FROM lake.ducklake_delete_file
ORDER BY path;
