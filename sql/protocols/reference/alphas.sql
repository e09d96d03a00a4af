-- Portable: DuckDB and Spark read it alike.
-- Grain: one row a scheme, its weight in force for $epoch.
SELECT scheme, alpha_milli
FROM (
    SELECT scheme, alpha_milli,
           row_number() OVER (PARTITION BY scheme ORDER BY from_epoch DESC, block_number DESC, log_index DESC) AS place
    FROM lake.scheme_weight_set
    WHERE from_epoch <= $epoch AND block_number <= $reference_block
) AS ordered
WHERE place = 1
ORDER BY scheme
