-- One stored report gone.
DELETE FROM pozk.reports
WHERE epoch = (SELECT epoch FROM pozk.reports ORDER BY epoch OFFSET %(place)s %% greatest(1, (SELECT count(*) FROM pozk.reports)) LIMIT 1)
