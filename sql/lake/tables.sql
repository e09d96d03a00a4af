-- Grain: one row a table of the lake; the comment of lake.identity names the steps by which the lake came to its form.
SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'lake' ORDER BY table_name;
