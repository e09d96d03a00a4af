-- Grain: one row per setting that the lake may not change.
SELECT key, value FROM lake.identity ORDER BY key;
