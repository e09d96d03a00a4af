-- Grain: one row a covered block range: what proved it, and how many of our logs it holds. Where `proven` is false,
-- `pozk index --audit` with chain.verify = "receipts" proves the range later and adds its row.
SELECT from_block, to_block, level, level = 'receipts' AS proven, our_logs, quarantined, source,
    from_hash, to_hash, parent_hash
FROM analytics.coverage ORDER BY from_block, to_block
