-- One stored report with another root: what a broken disk or a hostile hand leaves behind.
UPDATE pozk.reports
SET root = sha256(root)
WHERE epoch = (SELECT epoch FROM pozk.reports ORDER BY epoch OFFSET %(place)s %% greatest(1, (SELECT count(*) FROM pozk.reports)) LIMIT 1)
