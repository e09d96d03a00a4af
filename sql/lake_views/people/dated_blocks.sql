-- Grain: one row a stored block in or after epoch 0.
-- Column: number: the block's
-- Column: timestamp: seconds since 1970 UTC
-- Column: our_logs: logs of ours that count
-- Column: epoch: in which its timestamp falls
SELECT b.number, b.timestamp::BIGINT AS timestamp, b.our_logs, e.epoch
FROM lake.blocks AS b
ASOF JOIN analytics.epoch_clock AS e ON b.timestamp::BIGINT >= e.starts
