-- Grain: as the table that it shows. What stands in braces is ours: a table and the expressions that show its columns.
CREATE OR REPLACE VIEW analytics."{table}" AS SELECT {columns} FROM {source};
