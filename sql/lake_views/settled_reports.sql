-- Grain: one row a settled epoch: what its report says of the emission, of its rules and its tree. {pattern} is ours: the files.
CREATE OR REPLACE TEMP VIEW settled_reports AS
SELECT (content ->> '$.epoch')::UBIGINT AS epoch, content ->> '$.voided' = '1' AS voided, content ->> '$.ruleset' AS ruleset,
       content ->> '$.residual' AS residual, (content ->> '$.pool')::DECIMAL(38, 0) AS pool,
       (content ->> '$.distributed')::DECIMAL(38, 0) AS distributed, (content ->> '$.remainder')::DECIMAL(38, 0) AS remainder,
       (content ->> '$.stages.leaves.count')::UBIGINT AS leaves, unhex(substr(content ->> '$.root', 3)) AS root
FROM read_text('{pattern}')
