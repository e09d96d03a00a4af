-- Grain: one row, the moment before which snapshots, and files that no later one has, may go: $hours ago, and not after
-- snapshot $snapshot was made, where that is not NULL.
SELECT least(
    now() - to_hours($hours::INTEGER),
    (SELECT min(snapshot_time) FROM __ducklake_metadata_lake.lake.ducklake_snapshot WHERE snapshot_id = $snapshot::BIGINT)
) AS moment;
