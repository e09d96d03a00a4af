-- Portable: DuckDB and Spark read it alike.
-- Grain: one row, the first stored block of the epoch: where its proof of completeness begins.
SELECT min(number) AS number FROM lake.blocks WHERE number BETWEEN $from_block AND $reference_block
