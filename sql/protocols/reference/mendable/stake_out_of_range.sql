-- Portable: DuckDB and Spark read it alike.
-- Promise (a void mends it): every effective stake is in 0 .. 10^38 - 1; NULL is one that no DECIMAL(38, 0) holds. Rows are violations.
SELECT 'stake of app ' || lower(hex(app)) || ' account ' || lower(hex(account)) || ' role ' || role AS what,
       coalesce(CAST(stake AS VARCHAR(40)), 'beyond 10^38 - 1') AS got
FROM stakes
WHERE stake IS NULL OR stake < 0
ORDER BY app, account, role
