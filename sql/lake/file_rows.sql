-- Grain: one row a row of the Parquet file $path, in its order.
SELECT * EXCLUDE (file_row_number) FROM read_parquet($path, file_row_number = true) ORDER BY file_row_number;
