-- Grain: one row: how many rows of aggregates are not in $theirs (Parquet), as often as they are there, and the reverse.
WITH ours AS (SELECT kind, app, account, x, stake FROM aggregates),
theirs AS (SELECT kind, app, account, x, stake FROM read_parquet($theirs))
SELECT
    (SELECT count(*) FROM (FROM ours EXCEPT ALL FROM theirs)) AS missing,
    (SELECT count(*) FROM (FROM theirs EXCEPT ALL FROM ours)) AS strange
