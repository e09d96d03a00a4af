-- Portable: DuckDB and Spark read it alike.
-- Promise (a void mends it): every scheme that occurs in a counted proof or in the approval of its app has a weight. Rows are violations.
SELECT 'weight of scheme ' || scheme AS what, 'none in force' AS got
FROM (
    SELECT scheme FROM miners
    UNION
    SELECT scheme FROM approvals WHERE app IN (SELECT app FROM users)
) AS used
WHERE scheme NOT IN (SELECT scheme FROM alphas)
ORDER BY scheme
