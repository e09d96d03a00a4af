-- Grain: one row, how many proofs count in the epoch.
SELECT count(*) AS proofs FROM proofs
