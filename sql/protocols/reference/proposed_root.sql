-- Portable: DuckDB and Spark read it alike.
-- Grain: at most one row, the root that was proposed last for $epoch and not vetoed afterwards.
SELECT p.root, p.report_hash
FROM lake.root_proposed AS p
WHERE p.epoch = $epoch AND p.block_number <= $finalized
  AND NOT EXISTS (
      SELECT 1
      FROM lake.root_vetoed AS v
      WHERE v.epoch <= p.epoch AND v.block_number <= $finalized AND (v.block_number, v.log_index) > (p.block_number, p.log_index)
  )
ORDER BY p.block_number DESC, p.log_index DESC
LIMIT 1
