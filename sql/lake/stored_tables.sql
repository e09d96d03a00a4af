-- Grain: one row per table that holds a file at present, so that it may have rows.
SELECT DISTINCT t.table_name AS name
FROM __ducklake_metadata_lake.lake.ducklake_table AS t
INNER JOIN __ducklake_metadata_lake.lake.ducklake_data_file AS f ON t.table_id = f.table_id
WHERE t.end_snapshot IS NULL AND f.end_snapshot IS NULL;
