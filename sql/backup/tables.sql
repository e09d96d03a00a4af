-- Grain: one row a table of our schemas, without the scheduler's rows, which are written anew.
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('pozk', 'lake') AND c.relkind = 'r' AND NOT (n.nspname = 'pozk' AND c.relname = 'schedule')
ORDER BY n.nspname, c.relname;
