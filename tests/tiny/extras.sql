-- Grain: no row: there are no extra rewards.
SELECT 0 AS epoch WHERE false
