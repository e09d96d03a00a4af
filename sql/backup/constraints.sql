-- Grain: one row a constraint or an index of table %(oid)s that no constraint has, as the statement that makes it.
SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) AS written,
    c.contype = 'f' AS is_last
FROM pg_constraint AS c
WHERE c.conrelid = %(oid)s::oid AND c.contype IN ('p', 'u', 'c', 'f', 'x')
UNION ALL
SELECT pg_get_indexdef(i.indexrelid), false
FROM pg_index AS i
WHERE i.indrelid = %(oid)s::oid AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
ORDER BY is_last, written;
