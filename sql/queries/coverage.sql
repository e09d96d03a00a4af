-- Grain: one row a covered block range: what proved it, and how many of our logs it holds.
SELECT * FROM lake.coverage ORDER BY from_block
