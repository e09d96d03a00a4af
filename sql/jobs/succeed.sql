-- Records that a job did what it should, and where it is now.
UPDATE pozk.jobs
SET
    state = 'idle', reason = '', failures = 0, succeeded_at = now(), not_before = NULL, position = %(position)s,
    since = CASE WHEN failures = 0 THEN since ELSE now() END
WHERE name = %(name)s;
