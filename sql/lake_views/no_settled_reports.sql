-- Grain: no rows: the reports before any epoch is settled.
CREATE OR REPLACE TEMP VIEW settled_reports AS
SELECT NULL::UBIGINT AS epoch, NULL::BOOLEAN AS voided, NULL::VARCHAR AS ruleset, NULL::VARCHAR AS residual,
       NULL::DECIMAL(38, 0) AS pool, NULL::DECIMAL(38, 0) AS distributed, NULL::DECIMAL(38, 0) AS remainder,
       NULL::UBIGINT AS leaves, NULL::BLOB AS root
WHERE false
