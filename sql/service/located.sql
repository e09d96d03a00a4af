-- Grain: one row a place where somebody says that the bundle of $report_hash lies, the newest first.
SELECT location FROM lake.report_located WHERE epoch = $epoch AND report_hash = $report_hash ORDER BY block_number DESC;
