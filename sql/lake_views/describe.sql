-- Grain: one row a column of a view. {table} is ours.
DESCRIBE analytics."{table}"
