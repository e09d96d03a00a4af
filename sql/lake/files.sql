-- Grain: one row a file of rows of $table in the transaction's snapshot, with the file that names which are deleted.
SELECT data_file, delete_file FROM ducklake_list_files('lake', $table) ORDER BY data_file;
