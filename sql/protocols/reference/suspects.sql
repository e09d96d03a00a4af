-- Portable: DuckDB and Spark read it alike.
-- Grain: one row a log of the epoch that is in quarantine. The indexer quarantines what cannot be decoded or is out
-- of range; proofs, bonuses and corrections are judged here, because that takes the state of the epoch.
-- Only kinds that the settlement reads block an epoch. Every table is bounded by itself, which leaves files out. Whether an
-- app is approved is asked once an app: as a rule all are, and nobody looks for their proofs.
WITH strange AS (
    SELECT app
    FROM (SELECT DISTINCT app FROM lake.proof_verified WHERE block_number BETWEEN $first_block AND $reference_block) AS seen
    WHERE app NOT IN (SELECT app FROM approvals)
),
judged AS (
    SELECT block_number, log_index, event, reason
    FROM lake.quarantine
    WHERE block_number BETWEEN $from_block AND $reference_block
      AND event NOT IN ('AppRegistered', 'TaskPosted', 'TaskAccepted', 'TaskCancelled',
                        'ReportVoted', 'RootProposed', 'RootVetoed', 'Claimed')
    UNION ALL
    SELECT block_number, log_index, 'ProofVerified',
        CASE WHEN p.block_number < $first_block THEN 'proof before genesis'
             ELSE 'epoch of the proof is not that of its block' END
    FROM lake.proof_verified AS p
    WHERE p.block_number BETWEEN $from_block AND $reference_block
      AND (p.block_number < $genesis_block OR (p.block_number >= $first_block AND p.epoch <> $epoch))
    UNION ALL
    SELECT p.block_number, p.log_index, 'ProofVerified', 'app not approved for the epoch'
    FROM lake.proof_verified AS p
    JOIN strange AS s ON s.app = p.app
    WHERE p.block_number BETWEEN $first_block AND $reference_block AND p.block_number >= $genesis_block AND p.epoch = $epoch
    UNION ALL
    SELECT block_number, log_index, 'BonusDeposited',
        CASE WHEN block_number < $genesis_block THEN 'bonus before genesis' ELSE 'bonus for a past epoch' END
    FROM lake.bonus_deposited
    WHERE block_number BETWEEN $from_block AND $reference_block
      AND (block_number < $genesis_block OR (block_number >= $first_block AND epoch < $epoch))
    UNION ALL
    SELECT block_number, log_index, 'CorrectionAdded', 'correction for a past epoch'
    FROM lake.correction_added
    WHERE block_number BETWEEN $from_block AND $reference_block AND epoch < $epoch
)
SELECT j.block_number, b.hash AS block_hash, j.log_index, j.event, j.reason
FROM judged AS j
JOIN lake.blocks AS b ON b.number = j.block_number
WHERE b.number BETWEEN $from_block AND $reference_block
