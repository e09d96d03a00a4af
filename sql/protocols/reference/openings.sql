-- Portable: DuckDB and Spark read it alike.
-- Grain: one row an OpeningAdded above 0 up to the reference block of the first epoch: what the file of opening
-- balances holds of a token.
SELECT token, amount, sha256
FROM lake.opening_added
WHERE block_number <= $reference_block AND amount > 0
ORDER BY token, block_number, log_index
