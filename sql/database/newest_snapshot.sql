-- Grain: one row, the newest snapshot of the lake, asked of its catalog itself; 0 before there is one.
SELECT coalesce(max(snapshot_id), 0) AS id FROM lake.ducklake_snapshot;
