-- Grain: one row a job that ever ran; times in seconds since 1970. A row that runs while nobody holds the lock of who speaks is
-- what a killed process left: it runs no more. A server that only follows another has none of its locks, and is believed.
SELECT
    j.name, CASE WHEN v.is_gone AND j.state = 'running' THEN 'idle' ELSE j.state END AS state,
    CASE WHEN v.is_gone AND j.state = 'running' THEN %(gone)s ELSE j.reason END AS reason,
    j.failures, j.position, extract(epoch FROM j.since)::bigint AS since,
    extract(epoch FROM j.started_at)::bigint AS started_at, extract(epoch FROM j.succeeded_at)::bigint AS succeeded_at,
    extract(epoch FROM j.not_before)::bigint AS not_before
FROM pozk.jobs AS j
CROSS JOIN (
    SELECT NOT pg_is_in_recovery() AND NOT EXISTS (
        SELECT 1 FROM pg_locks AS l
        WHERE
            l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32) + l.objid::bigint = %(voice)s
            AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
    ) AS is_gone
) AS v
ORDER BY j.name;
