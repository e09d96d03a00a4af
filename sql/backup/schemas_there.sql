-- Grain: one row a schema of ours that holds a table.
SELECT DISTINCT n.nspname AS name
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('pozk', 'lake') AND c.relkind = 'r'
ORDER BY name;
