-- Grain: one row, how many proofs count in the epoch.
SELECT coalesce(sum(proofs), 0)::BIGINT AS proofs FROM miners
