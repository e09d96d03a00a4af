-- Grain: no row: nothing is collected.
SELECT 0 AS block_number WHERE false
