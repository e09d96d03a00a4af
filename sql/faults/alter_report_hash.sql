-- One stored report with another hash than its bytes have.
UPDATE pozk.reports
SET report_hash = sha256(report_hash)
WHERE epoch = (SELECT epoch FROM pozk.reports ORDER BY epoch OFFSET %(place)s %% greatest(1, (SELECT count(*) FROM pozk.reports)) LIMIT 1)
