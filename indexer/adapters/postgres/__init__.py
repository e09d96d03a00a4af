"""PostgreSQL: given by its URL, or embedded in the data directory."""
