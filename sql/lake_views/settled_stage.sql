-- Grain: one row of a settled stage, of every epoch. {stage} and {pattern} are ours: a stage's name and its files.
CREATE OR REPLACE TEMP VIEW settled_{stage} AS
SELECT regexp_extract(filename, '([0-9]+)/[a-z]+[.]parquet$', 1)::UBIGINT AS epoch, * EXCLUDE (filename)
FROM read_parquet('{pattern}', filename = true)
