-- Grain: one row, the snapshot of the lake that this transaction reads, and the folder or URL that its files lie in.
SELECT s.id, p.data_path
FROM ducklake_current_snapshot('lake') AS s
CROSS JOIN ducklake_settings('lake') AS p;
