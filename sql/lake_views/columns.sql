-- Grain: one row a column of the lake's tables and of the settled stages, tables by name, columns in their order.
SELECT database_name = 'lake' AS in_lake, table_name, column_name, data_type
FROM duckdb_columns()
WHERE database_name = 'lake' OR table_name LIKE 'settled\_%' ESCAPE '\'
ORDER BY table_name, column_index;
