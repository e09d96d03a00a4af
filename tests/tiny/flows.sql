-- Grain: no row: nothing is transferred.
SELECT 0 AS block_number WHERE false
