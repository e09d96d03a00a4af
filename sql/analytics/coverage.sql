-- What: which blocks are proven complete, and by what.
-- Grain: one row a covered block range: what proved it, and how many of our logs it holds. Where `proven` is false,
--   `pozk index --audit` with chain.verify = "receipts" proves the range later and adds its row. The blocks below
--   start_block are one row, whose level says what it rests on that none of our logs lies there.
SELECT from_block, to_block, level, level = 'receipts' AS proven, our_logs, quarantined, source,
    from_hash, to_hash, parent_hash
FROM analytics.coverage
UNION ALL
SELECT 0, s.value::UBIGINT - 1, w.value, w.value LIKE 'proven%', 0, 0, 'start_block', NULL, NULL, NULL
FROM lake.identity AS s
CROSS JOIN lake.identity AS w
WHERE s.key = 'start_block' AND s.value <> '0' AND w.key = 'start'
ORDER BY from_block, to_block
