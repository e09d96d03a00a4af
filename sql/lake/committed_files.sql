-- Grain: one row per file of rows or of deletions that the catalog names, whether still current or not.
SELECT path FROM __ducklake_metadata_lake.lake.ducklake_data_file
UNION ALL
SELECT path FROM __ducklake_metadata_lake.lake.ducklake_delete_file;
