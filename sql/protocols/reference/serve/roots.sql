-- Grain: one row an epoch of which a root was proposed in final blocks: the last one, when it may be activated (seconds, as
-- a challenge has postponed it), and whether it was vetoed, became active, or was revoked after that.
WITH proposed AS (
    SELECT epoch, root, report_hash, active_at, block_number, log_index
    FROM lake.root_proposed
    WHERE block_number <= $finalized AND epoch BETWEEN $low AND $high
    QUALIFY row_number() OVER (PARTITION BY epoch ORDER BY block_number DESC, log_index DESC) = 1
)
SELECT p.epoch, p.root, p.report_hash,
       greatest(p.active_at, coalesce((SELECT max(c.active_at) FROM lake.activation_postponed AS c
                                       WHERE c.epoch = p.epoch AND c.root = p.root AND c.block_number <= $finalized
                                         AND (c.block_number, c.log_index) > (p.block_number, p.log_index)), 0))
           AS active_at,
       EXISTS (SELECT 1 FROM lake.root_vetoed AS v
               WHERE v.epoch <= p.epoch AND v.block_number <= $finalized
                 AND (v.block_number, v.log_index) > (p.block_number, p.log_index)) AS is_vetoed,
       EXISTS (SELECT 1 FROM lake.root_activated AS a
               WHERE a.epoch = p.epoch AND a.root = p.root AND a.block_number <= $finalized
                 AND (a.block_number, a.log_index) > (p.block_number, p.log_index)) AS is_activated,
       EXISTS (SELECT 1 FROM lake.root_revoked AS r
               WHERE r.epoch <= p.epoch AND r.block_number <= $finalized
                 AND (r.block_number, r.log_index) > (p.block_number, p.log_index)) AS is_revoked
FROM proposed AS p
ORDER BY p.epoch DESC
