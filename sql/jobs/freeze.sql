-- Records that a job must not be tried again until an operator says so.
UPDATE pozk.jobs SET state = 'frozen', reason = %(reason)s, failures = failures + 1, since = now()
WHERE name = %(name)s;
