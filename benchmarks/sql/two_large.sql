-- Grain: one row: a plain sum of two rows of 10^38 - 1.
SELECT sum(amount) AS total FROM (SELECT (repeat('9', 38))::DECIMAL(38, 0) AS amount FROM range(2) AS rows(n))
