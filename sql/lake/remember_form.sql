-- Grain: no row. What stands in braces is ours: the steps by which the lake came to its form; in the catalog, in no file.
COMMENT ON TABLE lake.identity IS '{steps}';
