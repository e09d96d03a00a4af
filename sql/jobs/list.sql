-- Grain: one row a job that ever ran; times in seconds since 1970. A row that runs while nobody does is of a killed process.
SELECT
    name, state, reason, failures, position, extract(epoch FROM since)::bigint AS since,
    extract(epoch FROM started_at)::bigint AS started_at, extract(epoch FROM succeeded_at)::bigint AS succeeded_at,
    extract(epoch FROM not_before)::bigint AS not_before
FROM pozk.jobs
ORDER BY name;
