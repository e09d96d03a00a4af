-- Grain: one row, the column %(column)s of table %(table)s, of which the catalog now says that it holds all of its files.
UPDATE lake.ducklake_table_column_stats
SET min_value = %(least)s, max_value = %(greatest)s
WHERE table_id = %(table)s AND column_id = %(column)s;
