-- Records that a job failed, and from when on it is tried again.
UPDATE pozk.jobs
SET
    state = 'failed', reason = %(reason)s, failures = failures + 1,
    not_before = now() + make_interval(secs => %(seconds)s),
    since = CASE WHEN failures = 0 THEN now() ELSE since END
WHERE name = %(name)s;
