-- Grain: one row a table of which rows lie in the catalog itself instead of in files.
SELECT DISTINCT coalesce(t.table_name, i.table_name) AS table_name
FROM __ducklake_metadata_lake.lake.ducklake_inlined_data_tables AS i
LEFT JOIN __ducklake_metadata_lake.lake.ducklake_table AS t ON t.table_id = i.table_id
ORDER BY table_name;
