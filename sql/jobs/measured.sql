-- Grain: one row a measured value; times in seconds since 1970.
SELECT name, value, said, extract(epoch FROM at)::bigint AS at, extract(epoch FROM since)::bigint AS since
FROM pozk.measured
ORDER BY name;
