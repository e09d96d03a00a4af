-- Grain: one row a value that governance set: its name (with what it is of), from which epoch it counts, in which block it
-- was set; whether it is the one in force in $epoch, or one that comes later. What later values replaced is left out.
WITH said AS (
    SELECT 'a' AS name, from_epoch, a::VARCHAR AS value, block_number, log_index FROM lake.weights_set
    UNION ALL SELECT 'b', from_epoch, b::VARCHAR, block_number, log_index FROM lake.weights_set
    UNION ALL SELECT 'c', from_epoch, c::VARCHAR, block_number, log_index FROM lake.weights_set
    UNION ALL SELECT 'd', from_epoch, d::VARCHAR, block_number, log_index FROM lake.weights_set
    UNION ALL SELECT 'usage_unit', from_epoch, usage_unit::VARCHAR, block_number, log_index FROM lake.weights_set
    UNION ALL SELECT 'alpha_milli of scheme ' || scheme, from_epoch, alpha_milli::VARCHAR, block_number, log_index
    FROM lake.scheme_weight_set
    UNION ALL SELECT 'emission', from_epoch, amount::VARCHAR, block_number, log_index FROM lake.emission_set
    UNION ALL SELECT 'ruleset', from_epoch, '0x' || lower(hex(ruleset)), block_number, log_index FROM lake.ruleset_set
    UNION ALL SELECT 'residual', from_epoch, residual::VARCHAR, block_number, log_index FROM lake.ruleset_set
),
last AS (
    SELECT name, from_epoch, value, block_number
    FROM said
    WHERE block_number <= $finalized
    QUALIFY row_number() OVER (PARTITION BY name, from_epoch ORDER BY block_number DESC, log_index DESC) = 1
)
SELECT name, value, from_epoch, block_number, from_epoch > $epoch AS is_coming
FROM last
QUALIFY from_epoch > $epoch
     OR from_epoch = max(from_epoch) FILTER (WHERE from_epoch <= $epoch) OVER (PARTITION BY name)
ORDER BY name, from_epoch
