-- Lets frozen jobs be tried again, and what a killed process left running.
UPDATE pozk.jobs SET state = 'idle', reason = '', failures = 0, not_before = NULL, since = now()
WHERE state = ANY(%(states)s::text []);
