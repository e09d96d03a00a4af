-- Grain: one row, the oldest snapshot of this database's lake that somebody reads; NULL where nobody does.
SELECT min(l.objid::bigint)
FROM pg_locks AS l
JOIN pg_database AS d ON d.oid = l.database
WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid::bigint = %(kind)s AND l.granted;
