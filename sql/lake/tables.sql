-- Grain: one row a table of the lake; the comment of lake.identity names the steps by which the lake came to its form.
-- Read out of the catalog: duckdb_tables() would count the rows of each.
SELECT t.table_name, g.value AS comment
FROM __ducklake_metadata_lake.lake.ducklake_table AS t
LEFT JOIN __ducklake_metadata_lake.lake.ducklake_tag AS g
    ON t.table_id = g.object_id AND g.key = 'comment' AND g.end_snapshot IS NULL
WHERE t.end_snapshot IS NULL
ORDER BY t.table_name;
