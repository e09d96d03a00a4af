"""What is known of stored rows apart from the rows: their sums and hashes, and what Parquet footers say."""
