-- Grain: one row a member that voted for $epoch: the report that it voted for last.
SELECT oracle, arg_max(report_hash, (block_number, log_index)) AS report_hash
FROM lake.report_voted
WHERE epoch = $epoch
GROUP BY oracle
ORDER BY oracle;
