"""What a reader sees: documents, tables, progress."""
