-- Grain: one row a block in which logs of kinds were found that were not fetched before; `incoming` says how many.
UPDATE lake.blocks SET our_logs = our_logs + incoming.more FROM incoming WHERE blocks.number = incoming.number;
