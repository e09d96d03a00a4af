-- Grain: one row, the Parquet version that the lake's files have; no row before it is set.
SELECT value FROM ducklake_options('lake') WHERE option_name = 'parquet_version';
