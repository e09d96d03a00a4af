-- Grain: one row: the tree of a statement, as JSON, as DuckDB's parser reads it.
SELECT json_serialize_sql($statement) AS tree
