-- Grain: no row: apps have no owners.
SELECT ''::BLOB AS app WHERE false
