-- Grain: one row: whether $root of $epoch became active at $distributor in final blocks and was not revoked after that.
SELECT coalesce(
    (SELECT max((block_number, log_index)) FROM lake.root_activated
     WHERE address = $distributor AND epoch = $epoch AND root = $root AND block_number <= $finalized)
    > coalesce((SELECT max((block_number, log_index)) FROM lake.root_revoked
                WHERE address = $distributor AND epoch = $epoch AND root = $root AND block_number <= $finalized),
               (-1, -1)), false) AS is_active
