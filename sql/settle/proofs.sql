-- Grain: one row a counted proof of the epoch. Gates and scheme are the proof's own; alpha NULL is caught by an audit.
SELECT p.app, p.miner, p.user, p.scheme, p.gates::HUGEINT * a.alpha_milli AS work
FROM lake.proof_verified AS p
LEFT JOIN alphas AS a ON a.scheme = p.scheme
WHERE p.block_number BETWEEN $first_block AND $reference_block
  AND p.epoch = $epoch
  AND p.app IN (SELECT app FROM approvals)
