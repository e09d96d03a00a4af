-- Grain: one row a stored block of $numbers.
SELECT number, hash, parent_hash, timestamp, our_logs FROM lake.blocks WHERE number IN (SELECT unnest($numbers::UBIGINT[]));
