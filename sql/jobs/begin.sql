-- Records that a job runs.
INSERT INTO pozk.jobs (name, state, started_at) VALUES (%(name)s, 'running', now())
ON CONFLICT (name) DO UPDATE SET state = 'running', started_at = now();
